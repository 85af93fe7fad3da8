import { describe, expect, it } from 'vitest'
import { readLiveSettings } from '../../../agent/live/settings.ts'
import { Tuning } from '../../../agent/live/tuning.ts'
import { fillIn } from '../../../agent/live/words.ts'
import { Settings } from '../../../agent/settings.ts'

function tuning(env: Record<string, string> = {}, people: string[] = ['Ana']) {
  const first = readLiveSettings(new Settings(env), 'developer', () => undefined)
  return new Tuning(
    first,
    () => ({ room: 'kitchen', people }),
    profile => [{ name: profile.toolBehaviours[0]!.toLowerCase(), description: 'd' }],
  )
}

describe('the settings of a room', () => {
  it('know the room and who is in it, now', () => {
    const people = ['Ana']
    const tuned = tuning({ INSTRUCTIONS: 'At {room} with {people}.', GREETING: 'Hello {people}' }, people)
    expect(tuned.settings).toMatchObject({ instructions: 'At kitchen with Ana.', greeting: 'Hello Ana' })
    people.push('Ben')
    expect(tuned.settings.instructions).toBe('At kitchen with Ana and Ben.')
  })

  it('may be changed, and taken back', () => {
    const tuned = tuning({ VOICE: 'Puck' })
    tuned.change({ voice: 'Kore', temperature: 1 })
    expect(tuned.settings).toMatchObject({ voice: 'Kore', temperature: 1 })
    tuned.change({ voice: null })
    expect(tuned.settings.voice).toBeUndefined()
    expect(tuned.read(['voice', 'temperature'])).toEqual({ voice: null, temperature: 1 })
  })

  it('follow another model, its functions too', () => {
    const tuned = tuning()
    expect(tuned.settings.functions[0]?.name).toBe('non_blocking')
    tuned.change({ model: 'gemini-3.1-flash-live-preview' })
    expect(tuned.settings.functions[0]?.name).toBe('blocking')
  })

  it.each([
    [{ voice: 'Darth' }, 'voice: is "Darth"; use one of'],
    [{ voice: 'Kore', thinking: 'low' }, 'thinking: is set, but gemini-3.8-live takes no thinking'],
    [{ apiKey: 'x' }, 'apiKey: cannot be changed here; model, voice,'],
    [{ tools: [] }, 'tools: cannot be changed here'],
    [{ greeting: 'Hi' }, 'greeting: cannot be changed here'],
    [{ instructions: '/etc/passwd' }, 'instructions: names a file'],
  ])('stay as they are at %j', (change, words) => {
    const tuned = tuning({ VOICE: 'Puck' })
    expect(() => tuned.change(change)).toThrow(words)
    expect(tuned.settings.voice).toBe('Puck')
  })

  it('may be changed by people only where they may', () => {
    const tuned = tuning()
    expect(() => tuned.change({ temperature: 1 }, ['voice'])).toThrow(
      'temperature: cannot be changed here; voice can',
    )
    expect(() => tuned.change({ voice: 'Kore' }, [])).toThrow('voice: cannot be changed here; nothing can')
  })
})

describe('a text', () => {
  it.each([
    [[], 'nobody yet'],
    [['Ana'], 'Ana'],
    [['Ana', 'Ben', 'Cleo'], 'Ana, Ben and Cleo'],
    [Array.from({ length: 25 }, (_, i) => `P${i}`), /^P0, .*, P19 and 5 more$/],
  ])('for %j', (people, expected) => {
    expect(fillIn('{people}', { room: 'r', people })).toMatch(expected)
  })
  it('is filled in once: a name that looks like a place to fill is a name', () => {
    expect(fillIn('{people} in {room}, {other}', { room: '{people}', people: ['{room}'] })).toBe(
      '{room} in {people}, {other}',
    )
  })
})
