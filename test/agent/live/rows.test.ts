import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../../agent/clock.ts'
import type { GeminiConfig } from '../../../agent/config.ts'
import { LiveConnection } from '../../../agent/live/connection.ts'
import { type ModelProfile, models } from '../../../agent/live/models.ts'
import { readLiveSettings, type Service, variables } from '../../../agent/live/settings.ts'
import { Settings } from '../../../agent/settings.ts'
import { Registry } from '../../../agent/tools/registry.ts'
import { readyTool } from '../../../agent/tools/tool.ts'
import { type GoogleCredentials, startGoogleCredentials } from '../../fakes/google-credentials.ts'
import { stage } from '../rehearsal/contract/stage.ts'

/**
 * Every row of what a session can be asked for, on every family of models: where the model has it, the rehearsal of that model takes
 * it; where it lacks it, it is refused before a session is opened, in a sentence.
 */
type Row = {
  env: Record<string, string>
  /** What stands in the setup. */
  setup: object
  /** Unset: every family has it. */
  has?: (profile: ModelProfile, on: Service) => boolean
  refusal?: RegExp
}

const realtime = (realtimeInputConfig: object) => ({ realtimeInputConfig })
const generation = (generationConfig: object) => ({ generationConfig })

const rows: Record<string, Row> = {
  voice: {
    env: { VOICE: 'kore' },
    setup: generation({ speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } } }),
  },
  language: {
    env: { LANGUAGE: 'Norwegian' },
    setup: { systemInstruction: { parts: [{ text: expect.stringContaining('Speak Norwegian') }] } },
  },
  instructions: {
    env: { INSTRUCTIONS: 'Be kind.' },
    setup: { systemInstruction: { parts: [{ text: 'Be kind.' }] } },
  },
  temperature: { env: { TEMPERATURE: '0.7' }, setup: generation({ temperature: 0.7 }) },
  'a temperature of zero': {
    env: { TEMPERATURE: '0' },
    setup: generation({ temperature: 0 }),
    has: profile => profile.takesZeroTemperature,
    refusal: /^TEMPERATURE: is 0, with which .* use more than 0$/,
  },
  'a level of thinking': {
    env: { THINKING: 'low' },
    setup: generation({ thinkingConfig: { thinkingLevel: 'LOW' } }),
    has: ({ thinking }) => thinking === 'level' || thinking === 'level-required',
    refusal: /^THINKING: is (set, but .* takes no thinking setting|"LOW"; .* takes a budget in tokens)/,
  },
  'a budget of thinking': {
    env: { THINKING: '512' },
    setup: generation({ thinkingConfig: { thinkingBudget: 512 } }),
    has: ({ thinking }) => thinking === 'budget',
    refusal: /^THINKING: is (set, but .* takes no thinking setting|"512"; .* takes a level: use one of)/,
  },
  'affective dialog': {
    env: { AFFECTIVE: 'true' },
    setup: generation({ enableAffectiveDialog: true }),
    has: profile => profile.affectiveDialog,
    refusal: /^AFFECTIVE: is set, but .* has no affective dialog; leave it unset, or use the model gemini/,
  },
  'proactive audio': {
    env: { PROACTIVE: 'true' },
    // Where it always is on, nothing is said about it.
    setup: {},
    has: ({ proactiveAudio }) => proactiveAudio !== 'none',
    refusal: /^PROACTIVE: is on, but .* has no proactive audio; leave it unset$/,
  },
  'no proactive audio': {
    env: { PROACTIVE: 'false' },
    setup: {},
    has: ({ proactiveAudio }) => proactiveAudio !== 'always',
    refusal: /^PROACTIVE: is off, but .* always is proactive; leave it unset$/,
  },
  'media resolution': {
    env: { MEDIA_RESOLUTION: 'low' },
    setup: generation({ mediaResolution: 'MEDIA_RESOLUTION_LOW' }),
  },
  'the detector of speech': {
    env: { VAD_START: 'low', VAD_END: 'high', VAD_PREFIX_MS: '20', VAD_SILENCE_MS: '700' },
    setup: realtime({
      automaticActivityDetection: {
        startOfSpeechSensitivity: 'START_SENSITIVITY_LOW',
        endOfSpeechSensitivity: 'END_SENSITIVITY_HIGH',
        prefixPaddingMs: 20,
        silenceDurationMs: 700,
      },
    }),
  },
  'turns of speech alone': {
    env: { TURN_COVERAGE: 'activity' },
    setup: realtime({ turnCoverage: 'TURN_INCLUDES_ONLY_ACTIVITY' }),
  },
  'turns with every picture': {
    env: { TURN_COVERAGE: 'activity_and_video' },
    setup: realtime({ turnCoverage: 'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO' }),
    has: (profile, on) => profile.turnCoverages[on].includes('ACTIVITY_AND_VIDEO'),
    refusal: /^TURN_COVERAGE: is ACTIVITY_AND_VIDEO; .* takes ACTIVITY or ALL$/,
  },
  'no interruption': {
    env: { INTERRUPTION: 'off' },
    setup: realtime({ activityHandling: 'NO_INTERRUPTION' }),
  },
  transcription: {
    env: { TRANSCRIPT_LANGUAGES: 'de-DE,en', TRANSCRIPT_VOCABULARY: 'Roundtable', TRANSCRIPT_MODE: 'smart' },
    setup: {
      inputAudioTranscription: {
        languageCodes: ['de-DE', 'en'],
        customVocabulary: ['Roundtable'],
        mode: 'SMART',
      },
    },
  },
  'Google Search': {
    env: { GOOGLE_SEARCH: 'true' },
    setup: { tools: [{ googleSearch: {} }, expect.anything()] },
    has: profile => profile.googleSearch,
  },
  'code execution': {
    env: { CODE_EXECUTION: 'true' },
    setup: { tools: [{ codeExecution: {} }, expect.anything()] },
    has: profile => profile.codeExecution,
    refusal: /^CODE_EXECUTION: is set, but .* cannot run code; leave it unset$/,
  },
  'URL context': {
    env: { URL_CONTEXT: 'true' },
    setup: { tools: [{ urlContext: {} }, expect.anything()] },
    has: profile => profile.urlContext,
    refusal: /^URL_CONTEXT: is set, but .* cannot read pages; leave it unset$/,
  },
  functions: {
    env: {},
    setup: { tools: [{ functionDeclarations: [{ name: 'get', parametersJsonSchema: { type: 'object' } }] }] },
  },
}

const families = models.filter(({ kind, status }) => kind === 'conversation' && status !== 'shut-down')
const places = families.flatMap(profile => profile.on.map(on => [profile.id, on] as const))

const on = stage()
let credentials: GoogleCredentials
beforeAll(async () => {
  credentials = await startGoogleCredentials()
  for (const [name, value] of Object.entries(credentials.env)) vi.stubEnv(name, value)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await credentials[Symbol.asyncDispose]()
})

function geminiAt(service: Service): GeminiConfig {
  return service === 'vertex'
    ? { at: 'vertex', project: 'a-project', location: 'europe-west4', baseUrl: on.url }
    : { at: 'developer', apiKey: 'key', baseUrl: on.url }
}

/** The setup as the rehearsal received it; rejects where it refuses. */
async function setupOn(id: string, service: Service, env: Record<string, string>) {
  const settings = new Settings({ ...env, MODEL: id })
  const read = readLiveSettings(settings, service, () => undefined)
  const problems = settings.problems.map(({ setting, what }) => `${setting}: ${what}`)
  if (problems.length > 0) return { problems }
  const tool = readyTool(
    { name: 'get', description: 'gets', parameters: { properties: { a: { pattern: 'x' } } }, run: () => 1 },
    'test',
  )
  const functions = new Registry([tool]).declarations(read.profile)
  await using _ = await LiveConnection.open({
    gemini: geminiAt(service),
    settings: { ...read, functions },
    clock: systemClock,
    handle: undefined,
    onEvent: () => {},
  })
  const [first] = on.rehearsal.journal.sessions.at(-1)!.entries
  return { problems, setup: (first as unknown as { message: { setup: object } }).message.setup }
}

describe.each(places)('%s on %s', (id, service) => {
  const profile = families.find(one => one.id === id)!
  const needed: Record<string, string> = profile.thinking === 'level-required' ? { THINKING: 'low' } : {}

  it.each(Object.entries(rows))(
    '%s: taken where the model has it, else refused in a sentence',
    async (_, row) => {
      const { problems, setup } = await setupOn(id, service, { ...needed, ...row.env })
      if (row.has?.(profile, service) ?? true) expect([problems, setup]).toMatchObject([[], row.setup])
      else {
        expect(problems).toEqual([expect.stringMatching(row.refusal!)])
        expect(problems[0]).toContain(id)
      }
    },
  )

  it('says what it is asked to be by v1alpha alone where only that knows it', async () => {
    if (!profile.affectiveDialog) return
    const { setup } = await setupOn(id, service, { AFFECTIVE: 'true', PROACTIVE: 'true' })
    expect(setup).toMatchObject({
      generationConfig: { enableAffectiveDialog: true },
      proactivity: { proactiveAudio: true },
    })
  })
})

it('a model that we do not know is asked for whatever is wished', () => {
  const env = {
    MODEL: 'gemini-9-live',
    CODE_EXECUTION: 'on',
    URL_CONTEXT: 'on',
    THINKING: 'high',
    AFFECTIVE: 'on',
  }
  const settings = new Settings(env)
  const { hosted, thinking } = readLiveSettings(settings, 'developer', () => undefined)
  expect(settings.problems).toEqual([])
  expect({ hosted, thinking }).toMatchObject({
    hosted: { codeExecution: true, urlContext: true },
    thinking: { level: 'HIGH' },
  })
})

it('the documentation has every variable and every field', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'settings.md'), 'utf8')
  for (const [field, variable] of Object.entries(variables)) {
    expect(page, variable).toContain(`\`${variable}\``)
    expect(page, field).toContain(`\`${field}\``)
  }
})
