import { beforeEach, describe, expect, it } from 'vitest'
import { Address } from '../../../agent/manners/address.ts'
import { Claims } from '../../../agent/manners/claims.ts'
import { type Outcome, type Situation, SpeakGate } from '../../../agent/manners/gate.ts'
import { FakeClock } from '../../fakes/clock.ts'

let clock: FakeClock
let now: Situation
let gate: SpeakGate
let claims: Claims
let aloud: string[]
let outcomes: Outcome[]
let choice: string

beforeEach(() => {
  clock = new FakeClock()
  now = { manners: 'addressed', isAlone: false, isDeafened: false, asker: 'ana' }
  aloud = []
  outcomes = []
  choice = ''
  const others = new Address(['Ana', 'Ben'])
  claims = new Claims(new Address(['Roundtable']), (_identity, text) => others.opens(text))
  gate = new SpeakGate(clock, () => now, claims, {
    pass: piece => aloud.push('text' in piece ? piece.text : `${piece.pcm.length} samples`),
    choose: shown => (choice = shown),
    settled: outcome => outcomes.push(outcome),
  })
})

/** Somebody says something, and the transcript comes at once. */
function say(identity: string, text: string): void {
  gate.talked(identity)
  now = { ...now, asker: identity }
  gate.heard(identity, text)
}

/** The model answers in one piece, and its voice is heard to the end. */
function answer(text: string): void {
  gate.answer({ text })
  gate.ended('complete')
  gate.fellSilent()
  clock.pass(1_000)
  now = { ...now, asker: '' }
}

describe('among several people, an answer', () => {
  it('is said when the agent was named', () => {
    say('ana', 'Roundtable, what time is it?')
    answer('Noon.')
    expect(aloud).toEqual(['Noon.'])
    expect(choice).toBe('')
  })

  it('that nobody asked for is held, dropped at its end, and the people see it', () => {
    say('ana', 'Ben, what time is it?')
    gate.answer({ pcm: new Int16Array(2_400) })
    gate.answer({ text: 'Noon.' })
    expect(choice).toBe('holding-back')
    gate.ended('complete')
    clock.pass(1_000)
    expect(aloud).toEqual([])
    expect(outcomes).toEqual([{ became: 'dropped', isComplete: true, lostMs: 0 }])
    expect(choice).toBe('holding-back')
    clock.pass(5_000)
    expect(choice).toBe('')
  })

  it('is said as soon as late words turn out to name the agent, with all that was held, in order', () => {
    now = { ...now, asker: 'ana' }
    gate.answer({ pcm: new Int16Array(100) })
    gate.answer({ text: 'No' })
    gate.heard('ana', 'what time is it, round')
    gate.answer({ text: 'on' })
    expect(aloud).toEqual([])
    gate.heard('ana', ' table?')
    gate.answer({ text: '.' })
    expect(aloud).toEqual(['100 samples', 'No', 'on', '.'])
    expect(outcomes).toEqual([{ became: 'said', isComplete: false, lostMs: 0 }])
    expect(choice).toBe('')
  })

  it('waits for late words for a moment after its end', () => {
    gate.answer({ text: 'Noon.' })
    gate.ended('complete')
    clock.pass(500)
    gate.heard('ana', 'Roundtable, what time is it?')
    expect(aloud).toEqual(['Noon.'])
    expect(outcomes).toEqual([{ became: 'said', isComplete: true, lostMs: 0 }])
    clock.pass(10_000)
    expect(outcomes).toHaveLength(1)
  })

  it('is dropped at once when somebody talks over it', () => {
    gate.answer({ text: 'Noon.' })
    gate.ended('interrupted')
    gate.heard('ana', 'Roundtable')
    expect(aloud).toEqual([])
    expect(outcomes).toHaveLength(1)
  })

  it('is said when somebody presses ask, before it or while it is held', () => {
    gate.asked('ben')
    say('ana', 'Is it noon yet?')
    answer('Yes.')
    say('ana', 'And now?')
    gate.answer({ text: 'Still.' })
    expect(aloud).toEqual(['Yes.'])
    gate.asked('ben')
    expect(aloud).toEqual(['Yes.', 'Still.'])
  })

  it('counts a request for one answer only', () => {
    gate.asked('ben')
    say('ana', 'Is it noon yet?')
    answer('Yes.')
    say('ana', 'Good. Who cooks?')
    answer('I would not know.')
    expect(aloud).toEqual(['Yes.'])
  })

  it('keeps a minute of what is held, and counts what it loses', () => {
    for (let second = 0; second < 70; second++) gate.answer({ pcm: new Int16Array(24_000) })
    gate.asked('ana')
    expect(aloud).toHaveLength(60)
    expect(outcomes[0]!.lostMs).toBe(10_000)
  })
})

describe('an exchange', () => {
  beforeEach(() => {
    say('ana', 'Roundtable, what time is it?')
    answer('Noon.')
    aloud = []
  })

  it('goes on for a while without the name, for whoever was answered', () => {
    clock.pass(15_000)
    say('ana', 'And in Tokyo?')
    answer('Nine in the evening.')
    clock.pass(15_000)
    say('ana', 'And in Lima?')
    answer('Seven.')
    expect(aloud).toEqual(['Nine in the evening.', 'Seven.'])
  })

  it('does not include others', () => {
    say('ben', 'Noon already?')
    answer('Yes.')
    expect(aloud).toEqual([])
  })

  it('ends after twenty seconds', () => {
    clock.pass(21_000)
    say('ana', 'And in Tokyo?')
    answer('Nine in the evening.')
    expect(aloud).toEqual([])
  })

  it('ends when they turn to somebody else', () => {
    say('ana', 'Ben, and in Tokyo?')
    answer('Nine in the evening.')
    expect(aloud).toEqual([])
  })

  it('does not begin again by late words of the question that was answered', () => {
    say('ben', 'What about lunch')
    gate.asked('ben')
    gate.answer({ text: 'Soup.' })
    gate.heard('ben', ', Roundtable?')
    gate.ended('complete')
    gate.fellSilent()
    say('cho', 'Soup again.')
    answer('Sorry.')
    expect(aloud).toEqual(['Soup.'])
  })

  it('is interrupted by anybody, whose own words then count for the next answer', () => {
    say('ana', 'Tell me more')
    gate.answer({ text: 'Time is' })
    gate.talked('ben')
    gate.heard('ben', 'Roundtable, stop. What is for lunch?')
    now = { ...now, asker: 'ben' }
    gate.ended('interrupted')
    gate.answer({ text: 'Soup.' })
    expect(aloud).toEqual(['Time is', 'Soup.'])
  })

  it('includes what the agent says when a tool has its result', () => {
    say('ana', 'Look it up, please.')
    gate.answer({ text: 'One moment.' })
    gate.called()
    gate.ended('complete')
    say('ben', 'I am hungry.')
    gate.answer({ text: 'It is sunny in Tokyo.' })
    gate.ended('complete')
    say('ben', 'Who cooks?')
    gate.answer({ text: 'Not me.' })
    expect(aloud).toEqual(['One moment.', 'It is sunny in Tokyo.'])
  })
})

it('an answer in an exchange is said after a moment when the words it answers do not come', () => {
  say('ana', 'Roundtable, what time is it?')
  answer('Noon.')
  gate.talked('ana')
  now = { ...now, asker: 'ana' }
  gate.answer({ text: 'Nine.' })
  clock.pass(500)
  expect(aloud).toEqual(['Noon.'])
  clock.pass(200)
  expect(aloud).toEqual(['Noon.', 'Nine.'])
})

describe('every answer is said', () => {
  it('to one person alone', () => {
    now = { ...now, isAlone: true }
    say('ana', 'What time is it?')
    answer('Noon.')
    expect(aloud).toEqual(['Noon.'])
  })

  it('in open manners', () => {
    now = { ...now, manners: 'open' }
    say('ana', 'Ben, what time is it?')
    answer('Noon.')
    expect(aloud).toEqual(['Noon.'])
  })

  it('that follows unprompted on one that was', () => {
    say('ana', 'Roundtable, tell us a story.')
    answer('Once upon a time')
    answer('there was an end.')
    expect(aloud).toEqual(['Once upon a time', 'there was an end.'])
  })
})

describe('the rest of an answer', () => {
  it('is not said after it was cut, and the next one is', () => {
    now = { ...now, manners: 'open' }
    gate.answer({ text: 'one' })
    gate.cut()
    gate.answer({ text: 'two' })
    gate.ended('interrupted')
    gate.ended('complete')
    gate.answer({ text: 'three' })
    expect(aloud).toEqual(['one', 'three'])
  })

  it('cut while nothing is said cuts nothing', () => {
    now = { ...now, manners: 'open' }
    gate.cut()
    gate.answer({ text: 'one' })
    expect(aloud).toEqual(['one'])
  })
})

it('says nothing while it is deafened', () => {
  now = { ...now, manners: 'open', isDeafened: true }
  answer('Noon.')
  expect(aloud).toEqual([])
})

describe('a scripted evening of people who mostly talk to each other', () => {
  /** Whether the agent is to be heard; the model itself answers everything. */
  const script: [who: string, words: string, isMeant: boolean][] = [
    ['ana', 'Good evening everybody.', false],
    ['ben', 'Hello Ana. Did you bring the wine?', false],
    ['ana', 'Roundtable, which wine goes with fish?', true],
    ['ana', 'And with lamb?', true],
    ['ben', 'I like lamb.', false],
    ['cho', 'Ask the round table about dessert.', true],
    ['ben', 'Let us put it on the table.', false],
    ['cho', 'Ben, you never cook.', false],
    ['ben', 'That is not true.', false],
    ['ana', 'Can you tell us a joke, Rountable?', true],
    ['cho', 'Ha. Good one.', false],
    ['ben', 'Okay roundtable, one more.', true],
    ['cho', 'Time to go, Ana.', false],
  ]

  it('answers whenever it is meant, and never when it is not', () => {
    const heard = script.map(([who, words]) => {
      const before = aloud.length
      clock.pass(8_000)
      say(who, words)
      answer('Indeed.')
      return aloud.length > before
    })
    expect(heard).toEqual(script.map(([, , isMeant]) => isMeant))
  })

  it('even when the words come only after the answer to them has begun', () => {
    const heard = script.map(([who, words]) => {
      const before = aloud.length
      clock.pass(8_000)
      gate.talked(who)
      now = { ...now, asker: who }
      gate.answer({ text: 'Indeed.' })
      for (const word of words.split(/(?= )/)) gate.heard(who, word)
      gate.ended('complete')
      gate.fellSilent()
      clock.pass(1_000)
      return aloud.length > before
    })
    expect(heard).toEqual(script.map(([, , isMeant]) => isMeant))
  })
})
