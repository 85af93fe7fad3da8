import { Host } from '../../agent/manners/host.ts'
import { Stats } from '../../agent/stats.ts'
import type { Ms } from '../../agent/units.ts'
import { FakeClock } from '../fakes/clock.ts'

const people = {
  ana: { identity: 'p_ana', name: 'Ana' },
  ben: { identity: 'p_ben', name: 'Ben' },
  cho: { identity: 'p_cho', name: 'Cho' },
}
type Who = keyof typeof people

export type Line = {
  who: Who
  says: string
  /** Whether people would expect to hear an answer. The model itself answers everything. */
  isMeant: boolean
  /** They begin so long after the last answer, or the last word, ms. */
  afterMs?: Ms
  /** They talk over the answer before. */
  isOver?: boolean
  /** They press "ask" first. */
  presses?: boolean
  isTyped?: boolean
}

const meant = (who: Who, says: string, how: Partial<Line> = {}): Line => ({
  who,
  says,
  isMeant: true,
  ...how,
})
const not = (who: Who, says: string, how: Partial<Line> = {}): Line => ({ who, says, isMeant: false, ...how })

/** Three people cook, and now and then ask Roundtable, whom they also call Robin. */
export const evening: readonly Line[] = [
  not('ana', 'Good evening everybody.'),
  not('ben', 'Hello Ana, did you bring the wine?'),
  not('ana', 'I did, it is on the table.'),
  not('cho', 'We could put a round one and a square table together.'),
  // By its name, and then without it.
  meant('ana', 'Roundtable, which wine goes with fish?'),
  meant('ana', 'And with lamb?'),
  not('ben', 'I like lamb.'),
  meant('ana', 'What about chicken?', { afterMs: 10_000 }),
  // Whoever turns to another has ended the exchange.
  not('ana', 'Ben, you like everything.'),
  not('ben', 'That is true, I do.'),
  not('ana', 'Is there any salad left?'),
  // As a recogniser may write it.
  meant('cho', 'Rountable, how long does rice take?'),
  meant('cho', 'And brown rice?'),
  not('ben', 'My rice always burns.'),
  // Too late for a follow-up.
  not('cho', 'And how long do potatoes take?', { afterMs: 25_000 }),
  meant('cho', 'I asked about potatoes, round table.'),
  not('ana', 'Twenty minutes, I would say.'),
  // By its other name.
  meant('ben', 'Robin, tell them.'),
  meant('ben', 'The long version, please.'),
  meant('ana', 'Robbin, a shorter one please.'),
  not('cho', 'I prefer rice.'),
  not('ben', 'Cho, let us put it on the table.'),
  not('cho', 'Okay Ben, you first.'),
  not('ben', 'Fine, I cook on Sunday.'),
  meant('ana', 'Hey Roundtabel, set a timer for the rice.'),
  meant('ana', 'Make it ten minutes.'),
  not('ben', 'Mine says twelve.'),
  not('ana', 'Cho, can you stir it?'),
  not('cho', 'Of course I can, Ana.'),
  not('ana', 'It smells good.'),
  // Talked over: by one who did not mean it, and by one who did.
  meant('ben', 'Can somebody ask the round-table for a song?'),
  not('cho', 'Oh no, not that one again.', { isOver: true, afterMs: 500 }),
  meant('ben', 'Roundtable, sing another one.'),
  meant('cho', 'Robin, stop it. Tell us what that was.', { isOver: true, afterMs: 500 }),
  meant('cho', 'Who wrote it?'),
  not('ana', 'I do not want to know.'),
  // By pressing, without any name.
  meant('ana', 'And when was that?', { presses: true }),
  not('ben', 'Who knows.'),
  // In writing.
  meant('ben', 'Roundtable: how far is the moon?', { isTyped: true, afterMs: 30_000 }),
  not('cho', 'How far is it to your place?', { isTyped: true }),
  meant('cho', 'Rowndtable, who is here?'),
  not('ana', 'Good night then, Ben.', { afterMs: 30_000 }),
  not('ben', 'Good night, see you on Sunday.'),
  not('cho', 'Bye bye.', { afterMs: 30_000 }),
]

/** When the words of a line come: before the answer to it, or as it is under way, or piece by piece after it has begun. */
export type Words = 'before' | 'late' | 'in pieces'

/** Plays `lines` to the host of a table in addressed manners. Returns for each whether an answer to it was heard. */
export function play(lines: readonly Line[], words: Words): boolean[] {
  const clock = new FakeClock()
  let aloud = 0
  let asker = ''
  const host = new Host(
    'addressed',
    clock,
    new Stats(),
    {
      names: ['Roundtable', 'Robin'],
      guests: () => Object.values(people),
      asker: () => asker,
    },
    {
      show: () => {},
      pass: () => aloud++,
      settled: () => {},
      hush: () => {},
      stopped: () => {},
      silenceMs: () => 0,
      turn: () => {},
      reopen: () => {},
    },
  )
  const silent = () => {
    asker = ''
    host.gate.fellSilent()
  }
  const heard = lines.map(({ who, says, afterMs = 3_000, isOver, presses, isTyped }, i) => {
    const before = aloud
    const { identity } = people[who]
    clock.pass(afterMs)
    if (presses) host.controls.ask(people[who])
    asker = identity
    if (isTyped) host.typed(identity, says)
    else host.talked(identity, 'began')
    if (isOver) {
      host.gate.ended('interrupted')
      host.gate.fellSilent()
    }
    const pieces = words === 'in pieces' ? says.split(/(?<=.{5})/s) : [says]
    if (words === 'before' && !isTyped) host.gate.heard(identity, says)
    host.gate.answer({ text: 'Well' })
    for (const piece of words === 'before' || isTyped ? [] : pieces) {
      host.gate.heard(identity, piece)
      host.gate.answer({ text: ' indeed' })
    }
    clock.pass(1_500)
    if (lines[i + 1]?.isOver) return aloud > before
    host.gate.ended('complete')
    silent()
    clock.pass(1_000)
    return aloud > before
  })
  host.close()
  return heard
}
