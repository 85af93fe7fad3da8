import { describe, expect, it } from 'vitest'
import { type Place, seal, unseal } from '../../../agent/live/place.ts'

const place: Place = {
  handle: 'h'.repeat(300),
  model: 'gemini-3.8-live',
  lines: [
    ['Ana', 'What is the secret?'],
    ['', 'I shall not tell.'],
  ],
}

describe('a sealed place', () => {
  it('is opened by whoever knows the secret, for the same room', () => {
    expect(unseal(seal(place, 'secret', 'room')!, 'secret', 'room')).toEqual(place)
    expect(unseal(seal({ ...place, handle: undefined }, 's', 'r')!, 's', 'r')).toEqual({
      ...place,
      handle: undefined,
    })
  })

  it('says nothing to others, is good for no other room, and is never the same twice', () => {
    const sealed = seal(place, 'secret', 'room')!
    expect(sealed).not.toContain('secret')
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('hhhh')
    expect(unseal(sealed, 'another', 'room')).toBeUndefined()
    expect(unseal(sealed, 'secret', 'elsewhere')).toBeUndefined()
    expect(seal(place, 'secret', 'room')).not.toBe(sealed)
  })

  it.each(['', 'nonsense', 'A'.repeat(100), 'A'.repeat(100_000)])(
    'made up by somebody (%#) is no place',
    text => {
      expect(unseal(text, 'secret', 'room')).toBeUndefined()
    },
  )

  it('that was tampered with is no place', () => {
    const bytes = Buffer.from(seal(place, 'secret', 'room')!, 'base64url')
    for (let i = 0; i < bytes.length; i += 7) {
      const other = Buffer.from(bytes)
      other[i]! ^= 1
      expect(unseal(other.toString('base64url'), 'secret', 'room')).toBeUndefined()
    }
  })

  it('too large for LiveKit is none', () => {
    const random = Array.from({ length: 5_000 }, () => Math.random().toString(36)).join('')
    expect(seal({ ...place, lines: [['Ana', random]] }, 'secret', 'room')).toBeUndefined()
  })
})
