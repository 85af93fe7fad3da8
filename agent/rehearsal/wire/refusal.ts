/** A close frame holds two bytes of code and at most this much reason (RFC 6455 section 5.5). */
export const MOST_REASON_BYTES = 123

/** Why a session is ended from this side: the close code and the words, cut as Google cuts them. */
export class Refusal extends Error {
  override name = 'Refusal'
  readonly code: number
  /** At most 123 bytes of UTF-8, never ending inside a character. */
  readonly reason: string

  constructor(code: number, words: string) {
    super(words)
    this.code = code
    this.reason = cutReason(words)
  }
}

/** `words` cut to at most `most` bytes of UTF-8, never inside a character. */
export function cutReason(words: string, most = MOST_REASON_BYTES): string {
  const bytes = Buffer.from(words)
  if (bytes.length <= most) return words
  let end = most
  // Bytes 10xxxxxx continue a character: step back to its first byte.
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}

export const invalidArgument = () => new Refusal(1007, 'Request contains an invalid argument.')
export const exhausted = () => new Refusal(1011, 'Resource has been exhausted (e.g. check quota).')
export const preconditionFailed = () => new Refusal(1007, 'Precondition check failed.')
