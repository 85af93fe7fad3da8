/*
 * Imported before anything that brings @livekit/rtc-node. Unless NODE_ENV is production it writes debug lines as JSON to
 * standard output at every join, among the lines that are there for people; it offers no other way to be quieter.
 */
process.env.NODE_ENV ??= 'production'

// Of the native library only what somebody asks for; by itself it would write its errors to standard error, in a form of its own.
process.env.RUST_LOG ??= 'off'
