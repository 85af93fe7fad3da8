/*
 * Imported before anything that brings @livekit/rtc-node. Unless NODE_ENV is production it writes debug lines as JSON to
 * standard output at every join, among the lines that are there for people; it offers no other way to be quieter.
 */
process.env.NODE_ENV ??= 'production'
