import type { Clock } from '../../clock.ts'
import type { Ms } from '../../units.ts'
import type { Behaviour } from '../profiles.ts'
import type { ServerContent, ServerMessage, Transcription } from '../wire/server-message.ts'

/** A transcript of speech: `afterMs` after the speech's end. */
export type HeardLine = Transcription & { afterMs: Ms }

/**
 * Sends the words of speech, each line at its time, as the model does: in pieces, whole, or with the answer. Returns what is to be
 * sent with the answer.
 */
export function transcribe(
  lines: readonly HeardLine[],
  how: Behaviour['inputWords'],
  clock: Clock,
  send: (message: ServerMessage) => void,
): ServerContent | undefined {
  const [first] = lines
  if (how === 'withAnswer' && lines.length === 1 && first?.afterMs === 0)
    return { inputTranscription: withoutDelay(first) }
  for (const line of lines) {
    const say = () => {
      const whole = withoutDelay(line)
      for (const inputTranscription of how === 'pieces' ? inPieces(whole) : [whole])
        send({ serverContent: { inputTranscription } })
    }
    if (line.afterMs === 0) say()
    else clock.after(line.afterMs, say)
  }
  return undefined
}

function withoutDelay({ afterMs: _, ...transcription }: HeardLine): Transcription {
  return transcription
}

/** Word by word, each but the first with its blank in front, as 2.5 sends them. */
function inPieces(whole: Transcription): Transcription[] {
  const { text, ...facts } = whole
  return (text.match(/\s*\S+/g) ?? [text]).map(piece => ({ ...facts, text: piece }))
}
