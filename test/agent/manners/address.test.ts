import { describe, expect, it } from 'vitest'
import { Address } from '../../../agent/manners/address.ts'

const agent = new Address(['Roundtable', 'Max', 'Sophie'])

describe('a name in what was heard', () => {
  it.each([
    'Roundtable, what time is it?',
    'what do you think roundtable',
    'Hey ROUNDTABLE!',
    "That is the Roundtable's answer.",
    'Ask Max about it.',
  ])('is found as it is written: %s', text => expect(agent.isIn(text)).toBe(true))

  it.each([
    'Round table, what time is it?',
    'the round-table said so',
    'Rountable, are you there?',
    'Roundtabel, tell us',
    'Rowndtable?',
    'Sofie, please',
    'Sophia, please',
    'Sóphie!',
  ])('is found in a close spelling: %s', text => expect(agent.isIn(text)).toBe(true))

  it.each([
    'I put it on the table.',
    'He went round the block.',
    'Mix it well.',
    'The maximum is ten.',
    'a sofa would be nice',
    '',
  ])('is not found in other words: %s', text => expect(agent.isIn(text)).toBe(false))

  it('is found in any script', () => {
    expect(new Address(['さくら']).isIn('ねえさくら今何時')).toBe(true)
    expect(new Address(['Юлия']).isIn('Юлия, который час?')).toBe(true)
    expect(new Address(['']).isIn('anything')).toBe(false)
  })
})

describe('calling upon somebody', () => {
  const others = new Address(['Ben', 'Anna Maria'])

  it.each(['Ben, what about you?', 'and Ben, you too', 'Anna-Maria can you hear me'])('is heard: %s', text =>
    expect(others.opens(text)).toBe(true),
  )

  it.each(['What did Ben say?', 'I told him that Ben would come', 'Then bend it'])(
    'is not talking about them: %s',
    text => expect(others.opens(text)).toBe(false),
  )
})
