import type { Ms } from '../../units.ts'
import { isAsking, isSpoken } from './letter.ts'
import type { Entry } from './shelf.ts'

/** A server's own detector waits for less silence than this before it takes a sentence for whole. */
const WHOLE_MS: Ms = 1_000

export type Facts = {
  /** Something spoken has been written down since the last turn. */
  isWritten: boolean
  /** A turn has ended since then of which nothing was seen, as somebody talked over it. */
  isTakenUp: boolean
  /** Sentences that are not whole: the one being spoken, and the one of which not all is sent. */
  unfinished: readonly (number | undefined)[]
  /** When anything last came. */
  heardFromAt: Ms
}

/**
 * A turn has come of what was sent and is open: of which. Where both spoken and typed words wait, it is about one of them: about the
 * spoken ones if they have been written down, else about the typed ones, and about spoken ones only if those are not quite new. It is
 * about both where somebody talked over the answer to the typed ones before anything of it came.
 *
 * Which of the two the service took up first cannot be seen where both reach it within a moment. The writing decides, as it comes with
 * the answer to it; the other is left open, and asked again should the connection break. So a wrong guess is harmless but for a break
 * between this turn and the next: then the one comes twice, and the other is lost.
 */
export function understood(owed: readonly Entry[], facts: Facts): Entry[] {
  const spoken = owed.filter(({ letter }) => isSpoken(letter))
  const others = owed.filter(({ letter }) => !isSpoken(letter))
  // What a tool found out while somebody spoke is looked at when they have been answered, unless they had only just begun.
  const typed = others.filter(({ behind }) => !spoken.some(({ sentence }) => sentence === behind))
  // What is only to be known is answered by nobody: next to it there is no doubt what a turn is about.
  const areBoth = typed.some(({ letter }) => isAsking(letter)) && spoken.length > 0
  const found = [
    ...heard(spoken, areBoth && !facts.isWritten, facts),
    ...(areBoth && facts.isWritten && !facts.isTakenUp ? [] : read(typed, facts)),
  ]
  return found.length > 0 ? found : read(others, facts)
}

/**
 * Of what was spoken, that which the server can have made a turn of: the oldest sentence that is whole, and each later one that has
 * had the time. After an outage several arrive at once, and the answer to the first is none to the second.
 */
function heard(spoken: readonly Entry[], isOfAge: boolean, { unfinished, heardFromAt }: Facts): Entry[] {
  const whole = spoken.filter(({ sentence }) => !unfinished.includes(sentence))
  const oldest = isOfAge ? undefined : whole[0]?.sentence
  const leftAt = new Map(whole.map(({ sentence, sentAt }) => [sentence, sentAt]))
  return whole.filter(({ sentence }) => sentence === oldest || heardFromAt - leftAt.get(sentence)! > WHOLE_MS)
}

/**
 * The same of typed words and answers of tools, which are taken one after the other; and all that only adds to what is known. Words that
 * met no turn of their own in time were taken together with others; what tools found out waits in line however long that takes.
 */
function read(typed: readonly Entry[], { heardFromAt }: Facts): Entry[] {
  const oldest = typed.find(({ letter }) => isAsking(letter))
  return typed.filter(({ letter, sentAt }, i) => {
    const waitsInLine = letter.kind === 'result' && letter.inWords !== true
    const isOfAge = !waitsInLine && heardFromAt - sentAt > WHOLE_MS
    return typed[i] === oldest || !isAsking(letter) || isOfAge
  })
}
