import type { TextStreamReader } from 'livekit-client'

/** Nobody reads more of one text, and a sender could go on for ever, characters. */
export const MOST_TEXT = 20_000

/** Hands over text as it comes. A stream that breaks off, because its sender left, ends where it is; so does one that is too long. */
export async function followText(reader: TextStreamReader, take: (piece: string) => void): Promise<void> {
  let length = 0
  try {
    for await (const piece of reader) {
      take(piece.slice(0, MOST_TEXT - length))
      length += piece.length
      if (length >= MOST_TEXT) return
    }
  } catch {}
}

/** All of a text, or of it what came. */
export async function readText(reader: TextStreamReader): Promise<string> {
  let text = ''
  await followText(reader, piece => {
    text += piece
  })
  return text
}
