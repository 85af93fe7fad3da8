import { describe, expect, test } from 'vitest'
import { readLiveSettings } from '../../../agent/live/settings.ts'
import { Settings } from '../../../agent/settings.ts'

function read(env: Record<string, string>, on: 'developer' | 'vertex' = 'developer') {
  const settings = new Settings(env)
  const files: Record<string, string> = { './rules.md': ' Be kind. \n', './empty.txt': '\n' }
  const live = readLiveSettings(settings, on, path => files[path])
  return { live, problems: settings.problems }
}

describe('the model', () => {
  test('may be written as the API lists it', () => {
    expect(read({ MODEL: 'models/gemini-3.8-live' }).live.model).toBe('gemini-3.8-live')
  })

  test('that has been shut down names those that live', () => {
    const [problem] = read({ MODEL: 'gemini-2.0-flash-live-001' }).problems
    expect(problem?.what).toMatch(/shut down; use one of gemini-3\.8-live, /)
  })

  test('that cannot hold a conversation is refused', () => {
    expect(read({ MODEL: 'gemini-3.5-transcribe-live' }).problems[0]?.what).toContain(
      'cannot hold a conversation',
    )
  })

  test('of the other service is refused, with those of this one', () => {
    const [problem] = read({ MODEL: 'gemini-live-2.5-flash-native-audio' }).problems
    expect(problem?.what).toContain('not on the Gemini Developer API')
    expect(read({ MODEL: 'gemini-live-2.5-flash-native-audio' }, 'vertex').problems).toEqual([])
  })

  test('that we do not know may be newer than we are', () => {
    expect(read({ MODEL: 'gemini-9-live' })).toMatchObject({ live: { model: 'gemini-9-live' }, problems: [] })
  })

  test('that is no id at all is refused', () => {
    expect(read({ MODEL: 'the best one' }).problems).toHaveLength(1)
  })
})

describe('instructions', () => {
  test('are a text as it is', () => {
    expect(read({ INSTRUCTIONS: 'Speak of v1.md and v2.md only.' }).live.instructions).toContain('v1.md and')
  })
  test('are read from a file that is named', () => {
    expect(read({ INSTRUCTIONS: './rules.md' }).live.instructions).toBe('Be kind.')
  })
  test.each(['./absent.md', './empty.txt'])('in %s are a problem', path => {
    expect(read({ INSTRUCTIONS: path }).problems[0]?.what).toContain(path)
  })
})

describe('thinking', () => {
  test('is refused where the model has no such setting', () => {
    expect(read({ THINKING: 'low' }).problems[0]?.what).toContain('takes no thinking setting')
  })
  test('is a level where the model takes levels', () => {
    const MODEL = 'gemini-3.1-flash-live-preview'
    expect(read({ MODEL, THINKING: 'minimal' }).live.thinking).toEqual({ level: 'MINIMAL' })
    expect(read({ MODEL, THINKING: 'deep' }).problems[0]?.what).toContain('minimal, low, medium, high')
  })
  test('is a budget where the model takes one', () => {
    const MODEL = 'gemini-2.5-flash-native-audio-preview-12-2025'
    expect(read({ MODEL, THINKING: '512' }).live.thinking).toEqual({ budgetTokens: 512 })
    expect(read({ MODEL, THINKING: 'low' }).problems).toHaveLength(1)
  })
  test('has a level even unset where the model insists', () => {
    expect(read({ MODEL: 'gemini-3.8-live-extended-thinking' }).live.thinking).toEqual({ level: 'LOW' })
  })
})
