import { LiveError } from '../errors.ts'
import { isPassing } from '../live/refusal.ts'
import type { LiveSettings } from '../live/settings.ts'
import type { Dialogue } from './dialogue.ts'
import { type Means, readFilm, readPicture, readSound } from './media.ts'
import type { Printer } from './printer.ts'
import type { Question } from './question.ts'
import { UsageError } from './usage-error.ts'

export type ChatOptions = {
  lines: AsyncIterable<string>
  dialogue: Pick<Dialogue, 'ask'>
  settings: LiveSettings
  means: Means
  printer: Printer
  /** Somebody sits there: a line may come in the middle of an answer, and ends it. Lines of a script wait for their turn. */
  isTerminal: boolean
  /** The next line may be typed. */
  prompt: () => void
  /** No further line is wanted: ends `lines`. */
  stop: () => void
}

/** What is there of the next question so far. */
type Draft = { pictures: Uint8Array[]; sound: Int16Array | undefined; film: Question['film'] }

const emptyDraft = (): Draft => ({ pictures: [], sound: undefined, film: undefined })

/**
 * Several questions in one session, one a line, until `q` or the end of the lines. What is received is shown while the next
 * line is typed.
 * @returns whether every question was answered
 * @throws LiveError where only a change of settings can help
 */
export async function chat(options: ChatOptions): Promise<boolean> {
  const { lines, dialogue, printer, isTerminal, prompt, stop } = options
  let areAllAnswered = true
  let hopeless: LiveError | undefined
  let draft = emptyDraft()
  const ask = async (question: Question) => {
    try {
      printer.answer(await dialogue.ask(question))
    } catch (thrown) {
      if (!(thrown instanceof LiveError)) throw thrown
      areAllAnswered = false
      if (!isPassing(thrown.kind)) {
        hopeless = thrown
        return stop()
      }
      printer.error(thrown)
    }
    prompt()
  }
  prompt()
  for await (const line of lines) {
    const words = line.trim()
    if (words === 'q' || hopeless !== undefined) break
    if (words === '') {
      prompt()
      continue
    }
    const command = /^\/(image|audio|video)\s+(.+)$/.exec(words)
    if (command !== null) {
      await attach(draft, command[1] as Attachment, command[2]!, options)
      if (draft.sound === undefined && draft.film === undefined) {
        prompt()
        continue
      }
    }
    const question = { ...draft, text: command === null ? words : undefined }
    draft = emptyDraft()
    const asked = ask(question)
    if (!isTerminal) await asked
  }
  if (hopeless !== undefined) throw hopeless
  return areAllAnswered
}

type Attachment = 'image' | 'audio' | 'video'

/** Adds a file to the question; one that cannot be used is told and left out. */
async function attach(draft: Draft, kind: Attachment, path: string, { means, printer }: ChatOptions) {
  try {
    if (kind === 'image') draft.pictures.push(await readPicture('/image', path, means))
    else if (kind === 'audio') draft.sound = await readSound('/audio', path, means)
    else draft.film = await readFilm('/video', path, means)
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown
    printer.error(thrown)
  }
}
