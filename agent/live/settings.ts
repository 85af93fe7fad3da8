import type { Settings } from '../settings.ts'
import type { FunctionDeclaration, HostedTools } from './declaration.ts'
import {
  DEFAULT_MODEL,
  livingModels,
  type ModelProfile,
  modelProfile,
  models,
  newerProfile,
  type ThinkingLevel,
  type TurnCoverage,
} from './models.ts'
import { isPath, type LiveWish, type Report, readWish, type WishField, wishFields } from './wish.ts'

/** Which API is talked to. */
export type Service = 'developer' | 'vertex'

/** What a Live session is opened with, checked against what the model takes. */
export type LiveSettings = Readonly<{
  /** What was asked for; a room's own wishes are laid over it. */
  wish: LiveWish
  on: Service
  model: string
  /** The rules of `model`; of one we do not know we assume that it takes everything. */
  profile: ModelProfile
  voice: string | undefined
  /** A language tag or name the agent speaks; undefined: whatever it is spoken to in. */
  language: string | undefined
  instructions: string
  mediaResolution: 'LOW' | 'MEDIUM' | 'HIGH' | undefined
  thinking: { level: ThinkingLevel } | { budgetTokens: number } | undefined
  /** Who finds people's turns: the model by itself, or we by marks. */
  turns: 'by itself' | 'by marks'
  temperature: number | undefined
  affectiveDialog: boolean
  /** Sent only where it is a switch: a model that always is proactive does not know the field. */
  proactiveAudio: boolean | undefined
  vad: Readonly<{
    start: 'LOW' | 'HIGH' | undefined
    end: 'LOW' | 'HIGH' | undefined
    prefixMs: number | undefined
    silenceMs: number | undefined
  }>
  turnCoverage: TurnCoverage | undefined
  isInterruptible: boolean
  transcripts: Readonly<{
    languages: readonly string[]
    vocabulary: readonly string[]
    mode: 'VERBATIM' | 'SMART' | undefined
  }>
  greeting: string | undefined
  hosted: HostedTools
  /** The functions that the model may call. */
  functions: readonly FunctionDeclaration[]
}>

const DEFAULT_INSTRUCTIONS = `You are a guest at a table where several people talk with each other and with you, all in one voice channel.
Be brief: one or two spoken sentences unless somebody asks for more. Speak plainly; nobody can see formatting.
When it is not clear that somebody wants an answer from you, let the people talk.`

/** The variable of each field; `tools` names files there, which a room never does. */
export const variables: Readonly<Record<Exclude<WishField, 'tools'>, string>> = {
  model: 'MODEL',
  voice: 'VOICE',
  language: 'LANGUAGE',
  instructions: 'INSTRUCTIONS',
  mediaResolution: 'MEDIA_RESOLUTION',
  thinking: 'THINKING',
  temperature: 'TEMPERATURE',
  affective: 'AFFECTIVE',
  proactive: 'PROACTIVE',
  vadStart: 'VAD_START',
  vadEnd: 'VAD_END',
  vadPrefixMs: 'VAD_PREFIX_MS',
  vadSilenceMs: 'VAD_SILENCE_MS',
  turnCoverage: 'TURN_COVERAGE',
  interruption: 'INTERRUPTION',
  transcriptLanguages: 'TRANSCRIPT_LANGUAGES',
  transcriptVocabulary: 'TRANSCRIPT_VOCABULARY',
  transcriptMode: 'TRANSCRIPT_MODE',
  greeting: 'GREETING',
  googleSearch: 'GOOGLE_SEARCH',
  codeExecution: 'CODE_EXECUTION',
  urlContext: 'URL_CONTEXT',
}

/** Reads the session's variables, and checks them against the model's profile. */
export function readLiveSettings(
  settings: Settings,
  on: Service,
  readText: (path: string) => string | undefined,
): LiveSettings {
  const given: Record<string, unknown> = {}
  for (const [field, variable] of Object.entries(variables))
    given[field] =
      field.startsWith('transcript') && field !== 'transcriptMode'
        ? listed(settings, variable)
        : settings.text(variable)
  given.instructions = readInstructions(settings, readText)
  const report: Report = (field, what) => settings.problem(variables[field as keyof typeof variables], what)
  return settle(readWish(given, report), on, report)
}

function listed(settings: Settings, variable: string): string[] | undefined {
  const items = settings.list(variable)
  return items.length === 0 ? undefined : items
}

function readInstructions(
  settings: Settings,
  readText: (path: string) => string | undefined,
): string | undefined {
  const value = settings.text('INSTRUCTIONS')
  if (value === undefined || !isPath(value)) return value
  const text = readText(value)?.trim()
  if (text === undefined) settings.problem('INSTRUCTIONS', `names the file ${value}, which is not there`)
  if (text === '') settings.problem('INSTRUCTIONS', `names the file ${value}, which is empty`)
  return text === '' ? undefined : text
}

/** The settings that `wish` comes to on this service. What the model does not take is reported and left out. */
export function settle(wish: LiveWish, on: Service, report: Report): LiveSettings {
  const model = (wish.model ?? DEFAULT_MODEL).replace(/^models\//, '')
  const known = modelProfile(model)
  const isFit = checkModel(model, known, on, report)
  // One problem is enough: what it would take is beside the point.
  const profile = known ?? (isFit ? newerProfile(model) : models[0]!)
  const may = (field: WishField, isTaken: boolean, what: string, mend = 'leave it unset'): boolean => {
    const isAsked = wish[field] !== undefined && wish[field] !== false
    if (isAsked && !isTaken) report(field, `is set, but ${profile.id} ${what}; ${mend}`)
    return isAsked && isTaken
  }
  return Object.freeze({
    wish: Object.freeze({ ...wish }),
    on,
    model,
    profile,
    voice: wish.voice,
    language: wish.language,
    instructions: wish.instructions ?? DEFAULT_INSTRUCTIONS,
    mediaResolution: wish.mediaResolution,
    thinking: thinkingOf(wish, profile, known === undefined, report),
    temperature: temperatureOf(wish, profile, report),
    affectiveDialog: may(
      'affective',
      profile.affectiveDialog,
      'has no affective dialog',
      withWhich(on, one => one.affectiveDialog),
    ),
    proactiveAudio: proactiveOf(wish, profile, report),
    vad: { start: wish.vadStart, end: wish.vadEnd, prefixMs: wish.vadPrefixMs, silenceMs: wish.vadSilenceMs },
    turns: 'by itself',
    turnCoverage: turnCoverageOf(wish, profile, on, report),
    isInterruptible: wish.interruption ?? true,
    transcripts: {
      languages: wish.transcriptLanguages ?? [],
      vocabulary: wish.transcriptVocabulary ?? [],
      mode: wish.transcriptMode,
    },
    greeting: wish.greeting,
    hosted: {
      googleSearch: may('googleSearch', profile.googleSearch, 'cannot search'),
      codeExecution: may(
        'codeExecution',
        profile.codeExecution,
        'cannot run code',
        withWhich(on, one => one.codeExecution),
      ),
      urlContext: may(
        'urlContext',
        profile.urlContext,
        'cannot read pages',
        withWhich(on, one => one.urlContext),
      ),
    },
    functions: [],
  })
}

/** How to mend a wish for what only some models have. */
function withWhich(on: Service, has: (profile: ModelProfile) => boolean): string {
  const able = models.filter(one => livingModels(on).includes(one.id) && has(one)).map(({ id }) => id)
  return able.length === 0 ? 'leave it unset' : `leave it unset, or use the model ${able.join(' or ')}`
}

/** `wish` with the fields of `change` laid over it; null takes a field back to what the model does by itself. */
export function withChange(
  wish: LiveWish,
  change: Readonly<Record<string, unknown>>,
  read: LiveWish,
): LiveWish {
  const next: LiveWish = { ...wish, ...read }
  for (const field of wishFields) if (change[field] === null) delete next[field]
  return next
}

/** An id that we do not know may be newer than we are: only one that is known to be unusable is refused here. */
function checkModel(model: string, known: ModelProfile | undefined, on: Service, report: Report): boolean {
  const problem = modelProblem(model, known, on)
  if (problem !== undefined) report('model', `is ${problem}; use one of ${livingModels(on).join(', ')}`)
  return problem === undefined
}

function modelProblem(model: string, known: ModelProfile | undefined, on: Service): string | undefined {
  if (!/^[\w.@/-]+$/.test(model)) return `"${model}", which is no model id`
  if (known?.status === 'shut-down') return `${model}, which Google has shut down`
  if (known !== undefined && known.kind !== 'conversation')
    return `${model}, which cannot hold a conversation`
  if (known !== undefined && !known.on.includes(on))
    return `${model}, which is not on ${on === 'vertex' ? 'Vertex AI' : 'the Gemini Developer API'}`
  return undefined
}

const MOST_BUDGET = 24_576

function thinkingOf(
  { thinking: asked }: LiveWish,
  { id, thinking, thinkingLevels }: ModelProfile,
  isNewer: boolean,
  report: Report,
): LiveSettings['thinking'] {
  if (asked === undefined) return thinking === 'level-required' ? { level: 'LOW' } : undefined
  if (thinking === 'none') {
    report('thinking', `is set, but ${id} takes no thinking setting; leave it unset`)
    return undefined
  }
  if (thinking === 'budget' || (isNewer && typeof asked === 'number')) {
    if (typeof asked === 'number' && Number.isInteger(asked) && asked >= -1 && asked <= MOST_BUDGET)
      return { budgetTokens: asked }
    report(
      'thinking',
      `is "${asked}"; ${id} takes a budget in tokens: use a whole number from -1 to ${MOST_BUDGET}`,
    )
    return undefined
  }
  const level = thinkingLevels.find(one => one === asked)
  if (level !== undefined) return { level }
  report(
    'thinking',
    `is "${asked}"; ${id} takes a level: use one of ${thinkingLevels.join(', ').toLowerCase()}`,
  )
  return thinking === 'level-required' ? { level: 'LOW' } : undefined
}

function temperatureOf({ temperature }: LiveWish, profile: ModelProfile, report: Report): number | undefined {
  if (temperature !== 0 || profile.takesZeroTemperature) return temperature
  report('temperature', `is 0, with which ${profile.id} runs away or falls silent; use more than 0`)
  return undefined
}

function proactiveOf({ proactive }: LiveWish, profile: ModelProfile, report: Report): boolean | undefined {
  if (proactive === undefined || profile.proactiveAudio === 'switch') return proactive
  if (proactive && profile.proactiveAudio === 'none')
    report('proactive', `is on, but ${profile.id} has no proactive audio; leave it unset`)
  if (!proactive && profile.proactiveAudio === 'always')
    report('proactive', `is off, but ${profile.id} always is proactive; leave it unset`)
  return undefined
}

function turnCoverageOf(
  { turnCoverage }: LiveWish,
  { id, turnCoverages }: ModelProfile,
  on: Service,
  report: Report,
): TurnCoverage | undefined {
  if (turnCoverage === undefined || turnCoverages[on].includes(turnCoverage)) return turnCoverage
  report('turnCoverage', `is ${turnCoverage}; ${id} takes ${turnCoverages[on].join(' or ')}`)
  return undefined
}
