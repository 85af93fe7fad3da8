import { describe, expect, it } from 'vitest'
import type { GeminiConfig } from '../../../agent/config.ts'
import { isPassing, kindOf, refusal, unanswered } from '../../../agent/live/refusal.ts'
import { readLiveSettings } from '../../../agent/live/settings.ts'
import { Settings } from '../../../agent/settings.ts'

const settings = readLiveSettings(new Settings({}), 'developer', () => undefined)
const gemini: GeminiConfig = { at: 'developer', apiKey: 'AIza-very-secret' }

// The words that Google's service closes with.
const closes = [
  [1007, 'API key not valid. Please pass a valid API key.', 'key'],
  [1007, 'API key expired. Please renew the API key.', 'key'],
  [1008, "Method doesn't allow unregistered callers", 'key'],
  [
    1008,
    'models/gemini-9 is not found for API version v1beta, or is not supported for bidiGenerateContent.',
    'model',
  ],
  [1007, 'Request contains an invalid argument.', 'setup'],
  [1007, 'Invalid JSON payload received. Unknown name "x" at \'setup\': Cannot find field.', 'setup'],
  [1007, 'Invalid session handle', 'handle'],
  [1008, 'BidiGenerateContent session not found', 'handle'],
  [1011, 'You exceeded your current quota, please check your plan and billing details', 'quota'],
  [1011, 'Resource has been exhausted (e.g. check quota).', 'quota'],
  [1011, 'Internal error encountered.', 'server'],
  [1011, 'The service is currently unavailable.', 'server'],
  [1006, '', 'network'],
] as const

describe('a close before the session is set up', () => {
  it.each(closes)('%i %s is taken for: %s', (code, reason, kind) => {
    expect(kindOf({ code, reason }, false)).toBe(kind)
  })

  it('names the setting to mend, quotes the service and never shows the key', () => {
    const { message } = refusal({ code: 1007, reason: 'API key not valid.' }, false, gemini, settings)
    expect(message).toContain('GEMINI_API_KEY')
    expect(message).toContain('API key not valid.')
    expect(message).not.toContain('AIza')
    expect(
      refusal({ code: 1008, reason: 'models/x is not found for API version v1' }, false, gemini, settings)
        .message,
    ).toMatch(/MODEL to one of gemini-3\.8-live/)
  })
})

describe('credentials of Vertex AI that are not there', () => {
  it('are told as what they are, with how to get them', () => {
    const vertex: GeminiConfig = { at: 'vertex', project: 'p', location: 'global' }
    const cause = new Error(
      'Could not load the default credentials. Browse to https://cloud.google.com/x for more.',
    )
    const { kind, message } = unanswered('network', vertex, settings, cause)
    expect(kind).toBe('key')
    expect(message).toContain('gcloud auth application-default login')
  })
})

describe('a close of a working session', () => {
  it('with 1007 is trouble that passes, not a wrong setting', () => {
    const kind = kindOf({ code: 1007, reason: 'Request contains an invalid argument.' }, true)
    expect(isPassing(kind)).toBe(true)
  })

  it('for a leaked key does not pass', () => {
    expect(isPassing(kindOf({ code: 1008, reason: 'Your API key was reported as leaked.' }, true))).toBe(
      false,
    )
  })
})
