import type { Settings } from '../settings.ts'
import {
  DEFAULT_MODEL,
  livingModels,
  type ModelProfile,
  modelProfile,
  models,
  type ThinkingLevel,
  voices,
} from './models.ts'

/** What a Live session is opened with; the same for every session of a room. */
export type LiveSettings = Readonly<{
  model: string
  /** The rules of `model`; those of the default model where we do not know it. */
  profile: ModelProfile
  voice: string | undefined
  /** A language tag or name the agent speaks; undefined: whatever it is spoken to in. */
  language: string | undefined
  instructions: string
  mediaResolution: 'LOW' | 'MEDIUM' | 'HIGH' | undefined
  thinking: { level: ThinkingLevel } | { budgetTokens: number } | undefined
  /** Who finds people's turns: the model by itself, or we by marks. */
  turns: 'by itself' | 'by marks'
}>

const DEFAULT_INSTRUCTIONS = `You are a guest at a table where several people talk with each other and with you, all in one voice channel.
Be brief: one or two spoken sentences unless somebody asks for more. Speak plainly; nobody can see formatting.
When it is not clear that somebody wants an answer from you, let the people talk.`

/** Reads MODEL, VOICE, LANGUAGE, INSTRUCTIONS, MEDIA_RESOLUTION and THINKING, and checks them against the model's profile. */
export function readLiveSettings(
  settings: Settings,
  on: 'developer' | 'vertex',
  readText: (path: string) => string | undefined,
): LiveSettings {
  const model = (settings.text('MODEL') ?? DEFAULT_MODEL).replace(/^models\//, '')
  const known = modelProfile(model)
  checkModel(settings, model, known, on)
  const profile = known ?? models[0]!
  return Object.freeze({
    model,
    profile,
    voice: settings.choice('VOICE', voices),
    language: settings.text('LANGUAGE'),
    instructions: readInstructions(settings, readText),
    mediaResolution: settings.choice('MEDIA_RESOLUTION', ['LOW', 'MEDIUM', 'HIGH']),
    thinking: readThinking(settings, profile),
    turns: 'by itself',
  })
}

/** An id that we do not know may be newer than we are: only one that is known to be unusable is refused here. */
function checkModel(
  settings: Settings,
  model: string,
  known: ModelProfile | undefined,
  on: 'developer' | 'vertex',
): void {
  const use = `use one of ${livingModels(on).join(', ')}`
  if (!/^[\w.@/-]+$/.test(model)) settings.problem('MODEL', `is "${model}", which is no model id; ${use}`)
  else if (known?.status === 'shut-down')
    settings.problem('MODEL', `is ${model}, which Google has shut down; ${use}`)
  else if (known !== undefined && known.kind !== 'conversation')
    settings.problem('MODEL', `is ${model}, which cannot hold a conversation; ${use}`)
  else if (known !== undefined && !known.on.includes(on))
    settings.problem(
      'MODEL',
      `is ${model}, which is not on ${on === 'vertex' ? 'Vertex AI' : 'the Gemini Developer API'}; ${use}`,
    )
}

function readInstructions(settings: Settings, readText: (path: string) => string | undefined): string {
  const value = settings.text('INSTRUCTIONS')
  if (value === undefined) return DEFAULT_INSTRUCTIONS
  const looksLikeFile = /^(\.{0,2}\/|[A-Za-z]:\\|~\/)\S*$/.test(value) || /^\S+\.(md|txt)$/.test(value)
  if (!looksLikeFile) return value
  const text = readText(value)?.trim()
  if (text === undefined) settings.problem('INSTRUCTIONS', `names the file ${value}, which is not there`)
  if (text === '') settings.problem('INSTRUCTIONS', `names the file ${value}, which is empty`)
  return text ?? DEFAULT_INSTRUCTIONS
}

function readThinking(settings: Settings, profile: ModelProfile): LiveSettings['thinking'] {
  const value = settings.text('THINKING')?.toUpperCase()
  const { id, thinking, thinkingLevels } = profile
  if (value === undefined) return thinking === 'level-required' ? { level: 'LOW' } : undefined
  if (thinking === 'none')
    settings.problem('THINKING', `is set, but ${id} takes no thinking setting; leave it unset`)
  else if (thinking === 'budget')
    return { budgetTokens: settings.whole('THINKING', 0, { least: -1, most: 24_576 }) }
  const level = thinkingLevels.find(one => one === value)
  if (level === undefined && thinking !== 'none')
    settings.problem(
      'THINKING',
      `is "${value}"; ${id} takes one of ${thinkingLevels.join(', ').toLowerCase()}`,
    )
  return level === undefined ? undefined : { level }
}
