/** A duration in milliseconds. */
export type Ms = number
/** A sample rate in samples per second. */
export type Hz = number
/** A length of sound in samples per channel. */
export type Samples = number
/** A size in bytes. */
export type Bytes = number

/** What the Live API takes from us: 16 kHz mono PCM16. https://ai.google.dev/gemini-api/docs/live */
export const HEARING_RATE: Hz = 16_000
/** What the Live API speaks: 24 kHz mono PCM16. */
export const SPEECH_RATE: Hz = 24_000
