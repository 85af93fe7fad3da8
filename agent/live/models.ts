/** What one family of Live models takes and how it behaves. Facts: https://ai.google.dev/gemini-api/docs/live */
export type ModelProfile = {
  /** The id without `models/`. */
  id: string
  /** A shut-down model is refused before a session is opened, with the names of the living ones. */
  status: 'stable' | 'preview' | 'deprecated' | 'shut-down'
  /** Which API has it: the Gemini Developer API, Vertex AI, or both. */
  on: readonly ('developer' | 'vertex')[]
  /** `conversation` takes turns; `translate` and `transcribe` run continuously. */
  kind: 'conversation' | 'translate' | 'transcribe'
  modality: 'AUDIO' | 'TEXT'
  /** `none`: any thinkingConfig is refused. `level-required`: leaving it out is refused. */
  thinking: 'none' | 'level' | 'level-required' | 'budget'
  /** The thinking levels it takes, where `thinking` is a level. */
  thinkingLevels: readonly ThinkingLevel[]
  /** How typed words are sent in the middle of a session. */
  typed: 'clientContent' | 'realtimeInput'
  /**
   * How a session learns what went before it without answering to it: by content that is not to be answered, at any time, or, where
   * such content is refused in mid-session, by its instructions when it opens and with the next typed words after that.
   */
  context: 'clientContent' | 'instructions'
  /** `one`: each server message carries one field or part. `many`: several ride together. */
  framing: 'one' | 'many'
  /** Behaviours of a function declaration that it takes; the first is the default. */
  toolBehaviours: readonly ('BLOCKING' | 'NON_BLOCKING')[]
  /** Whether a function response may say when it is to be spoken about. */
  hasScheduling: boolean
  googleSearch: boolean
  codeExecution: boolean
  urlContext: boolean
  /** `switch`: may be turned on. `always`: on, and turning it off is refused. */
  proactiveAudio: 'switch' | 'always' | 'none'
  affectiveDialog: boolean
  /** Whether `audioStreamEnd` ends a turn, as documented. 3.8 was seen to wait for silence all the same. */
  streamEndEndsTurn: boolean
  /** What a turn may be made of, besides the model's own choice. */
  turnCoverages: Readonly<Record<'developer' | 'vertex', readonly TurnCoverage[]>>
  /** Whether a temperature of 0 is one: 3.1 was seen to run away with it (js-genai #1578). */
  takesZeroTemperature: boolean
  /** Where instructions and tools can be changed in the middle of a session; elsewhere a new session takes it up. */
  contextUpdate: readonly ('developer' | 'vertex')[]
  /** Says `interactionStatus` with each turn's end. */
  hasInteractionStatus: boolean
}

export type ThinkingLevel = 'MINIMAL' | 'LOW' | 'MEDIUM' | 'HIGH'

/** `ACTIVITY`: speech alone. `ALL`: silence too. `ACTIVITY_AND_VIDEO`: speech, and every picture. */
export type TurnCoverage = 'ACTIVITY' | 'ALL' | 'ACTIVITY_AND_VIDEO'

export const DEFAULT_MODEL = 'gemini-3.8-live'

const live38: ModelProfile = {
  id: 'gemini-3.8-live',
  status: 'stable',
  on: ['developer', 'vertex'],
  kind: 'conversation',
  modality: 'AUDIO',
  thinking: 'none',
  thinkingLevels: [],
  typed: 'clientContent',
  context: 'clientContent',
  framing: 'many',
  toolBehaviours: ['NON_BLOCKING', 'BLOCKING'],
  hasScheduling: true,
  googleSearch: true,
  codeExecution: false,
  urlContext: false,
  proactiveAudio: 'always',
  affectiveDialog: false,
  streamEndEndsTurn: false,
  // Vertex AI refuses the third, which is the Developer API's default.
  turnCoverages: { developer: ['ACTIVITY', 'ALL', 'ACTIVITY_AND_VIDEO'], vertex: ['ACTIVITY', 'ALL'] },
  takesZeroTemperature: true,
  contextUpdate: ['vertex'],
  hasInteractionStatus: false,
}

const live38Thinking: ModelProfile = {
  ...live38,
  id: 'gemini-3.8-live-extended-thinking',
  on: ['developer'],
  thinking: 'level-required',
  thinkingLevels: ['LOW', 'MEDIUM', 'HIGH'],
  toolBehaviours: ['NON_BLOCKING'],
  hasScheduling: false,
  contextUpdate: [],
  hasInteractionStatus: true,
}

const live31: ModelProfile = {
  ...live38,
  id: 'gemini-3.1-flash-live-preview',
  status: 'preview',
  on: ['developer'],
  thinking: 'level',
  thinkingLevels: ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'],
  typed: 'realtimeInput',
  context: 'instructions',
  toolBehaviours: ['BLOCKING'],
  hasScheduling: false,
  proactiveAudio: 'none',
  streamEndEndsTurn: true,
  takesZeroTemperature: false,
  contextUpdate: [],
}

const native25: ModelProfile = {
  ...live38,
  id: 'gemini-2.5-flash-native-audio-preview-12-2025',
  status: 'deprecated',
  on: ['developer'],
  thinking: 'budget',
  framing: 'one',
  streamEndEndsTurn: true,
  toolBehaviours: ['BLOCKING', 'NON_BLOCKING'],
  proactiveAudio: 'switch',
  affectiveDialog: true,
  turnCoverages: { developer: ['ACTIVITY', 'ALL'], vertex: ['ACTIVITY', 'ALL'] },
  contextUpdate: [],
}

const gone: ModelProfile = {
  ...native25,
  status: 'shut-down',
  thinking: 'none',
  affectiveDialog: false,
  proactiveAudio: 'none',
}

/** Every Live model that we know of, the recommended one first. */
export const models: readonly ModelProfile[] = [
  live38,
  live38Thinking,
  live31,
  native25,
  { ...native25, id: 'gemini-2.5-flash-native-audio-latest' },
  { ...native25, id: 'gemini-live-2.5-flash-native-audio', status: 'stable', on: ['vertex'] },
  {
    ...live31,
    id: 'gemini-3.5-live-translate-preview',
    kind: 'translate',
    thinking: 'none',
    thinkingLevels: [],
    toolBehaviours: [],
    googleSearch: false,
  },
  {
    ...live31,
    id: 'gemini-3.5-transcribe-live',
    kind: 'transcribe',
    modality: 'TEXT',
    thinking: 'none',
    thinkingLevels: [],
    toolBehaviours: [],
    googleSearch: false,
  },
  { ...gone, id: 'gemini-2.0-flash-live-001' },
  { ...gone, id: 'gemini-live-2.5-flash-preview' },
]

/** The profile of `id`, with or without `models/` before it; undefined where we do not know it. */
export function modelProfile(id: string): ModelProfile | undefined {
  const bare = id.replace(/^models\//, '')
  return models.find(model => model.id === bare)
}

/** What is assumed of a model that we do not know, and that may be newer than we are: it takes whatever is asked for. */
export function newerProfile(id: string): ModelProfile {
  return {
    ...live38,
    id,
    thinking: 'level',
    thinkingLevels: ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'],
    codeExecution: true,
    urlContext: true,
    proactiveAudio: 'switch',
    affectiveDialog: true,
    turnCoverages: { developer: live38.turnCoverages.developer, vertex: live38.turnCoverages.developer },
    contextUpdate: [],
  }
}

/** The ids a person may choose for a conversation, for messages about one that cannot be used. */
export function livingModels(on: 'developer' | 'vertex'): string[] {
  return models
    .filter(model => model.status !== 'shut-down' && model.kind === 'conversation' && model.on.includes(on))
    .map(model => model.id)
}

/** The prebuilt voices that all native-audio models share. https://ai.google.dev/gemini-api/docs/speech-generation#voices */
export const voices = [
  'Zephyr',
  'Puck',
  'Charon',
  'Kore',
  'Fenrir',
  'Leda',
  'Orus',
  'Aoede',
  'Callirrhoe',
  'Autonoe',
  'Enceladus',
  'Iapetus',
  'Umbriel',
  'Algieba',
  'Despina',
  'Erinome',
  'Algenib',
  'Rasalgethi',
  'Laomedeia',
  'Achernar',
  'Alnilam',
  'Schedar',
  'Gacrux',
  'Pulcherrima',
  'Achird',
  'Zubenelgenubi',
  'Vindemiatrix',
  'Sadachbia',
  'Sadaltager',
  'Sulafat',
] as const
