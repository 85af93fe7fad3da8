import { type ModelProfile, modelProfile } from '../live/models.ts'
import type { Ms } from '../units.ts'
import type { Api } from './door/address.ts'
import type { LifeSpan } from './life/life.ts'
import type { Pacing } from './turns/pacing.ts'

/** The switches that are words, with every word that they take. */
export const switchWords = {
  framing: ['one', 'many'],
  midSessionContent: ['accept', 'refuse'],
  mediaChunks: ['hear', 'ignore', 'refuse'],
  refuses: ['close', 'mute'],
  affectiveDialog: ['ignore', 'refuse'],
  inputWords: ['pieces', 'whole', 'withAnswer'],
  outputWords: ['beside', 'before', 'after'],
  interactionStatus: ['content', 'top'],
} as const

type Word<S extends keyof typeof switchWords> = (typeof switchWords)[S][number]

/**
 * How a session behaves where the families of models differ, or where reports of the real service disagree: every point is a
 * switch that a scenario can set.
 */
export type Behaviour = {
  /** `one` field or part a message (2.5), or `many` together (3.x). */
  framing: Word<'framing'>
  /** Google sends binary frames; some clients are tested against text. */
  textFrames: boolean
  pacing: Pacing
  /** Silence that ends a turn where the client asks for none. Google publishes no figure. */
  silenceMs: Ms
  /** Sensitivity where the client asks for none: low on Vertex AI, high on the Developer API. */
  lowSensitivity: boolean
  /** Whether `audioStreamEnd` ends the turn, as documented; 3.8 was seen not to. */
  streamEndEndsTurn: boolean
  /** Whether `clientContent` with `turnComplete: false` interrupts, as documented; probes say it does not. */
  partialContentInterrupts: boolean
  /** What `clientContent` in the middle of a session meets: 3.1 was seen to refuse it. */
  midSessionContent: Word<'midSessionContent'>
  /** Initial history that ends with a turn of the user's is answered (2.5), or waits for the next input (3.x). */
  answersHistory: boolean
  /** What the first data of `mediaChunks` meets: heard, taken and never heard (3.8), or refused (3.1). */
  mediaChunks: Word<'mediaChunks'>
  /** A refused option closes the session, or the setup is never answered (seen on 3.1). */
  refuses: Word<'refuses'>
  /** Whether `NON_BLOCKING` on a model documented as blocking alone is taken. */
  takesNonBlocking: boolean
  /** Whether a setup may say `proactivity` at all: some versions of 3.8 were seen not to know the field. */
  knowsProactivity: boolean
  /** What `enableAffectiveDialog` meets where the model has none. */
  affectiveDialog: Word<'affectiveDialog'>
  /** Between setup and `setupComplete`. */
  setupDelayMs: Ms
  /** Between a ping and its pong. Google's were measured 8 to 30 s late. */
  pongDelayMs: Ms
  /** A turn opens with a message that holds only `usageMetadata` (seen on 3.1 and later). */
  usageFirst: boolean
  /** Bare `{}` messages among the others (seen on 3.8). */
  emptyMessages: boolean
  /** How the words of speech come: in pieces, whole, or whole with the first of the answer. */
  inputWords: Word<'inputWords'>
  /** Where the words of the answer come: with its sound, or whole sentences before or after it. */
  outputWords: Word<'outputWords'>
  /** Whether `voiceActivity` messages come. */
  voiceActivity: boolean
  /** An activity that starts after a finished answer brings a stray `interrupted` and `turnComplete`. */
  strayInterrupts: boolean
  /** Function calls carry ids; without, as Vertex AI was seen to send them. */
  callIds: boolean
  /** Where `interactionStatus` stands. */
  interactionStatus: Word<'interactionStatus'>
  /** A resumed session keeps its old instruction, as was seen, or takes the new one, as documented. */
  resumeKeepsInstruction: boolean
  /** How long a handle holds after its connection has ended. */
  handleLifetimeMs: Ms
  /** Between setup and the first resumption handle, and between a turn and the next. */
  handleAfterSetupMs: Ms
  handleAfterTurnMs: Ms
  life: LifeSpan
}

const burst: Pacing = { speed: 8, leastMs: 40, mostMs: 640, holdsTurnComplete: true }

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** The behaviour of `model` on `api` before any scenario. */
export function behaviourOf(model: ModelProfile, api: Api): Behaviour {
  const is38 = model.id.startsWith('gemini-3.8')
  const is31 = model.id.startsWith('gemini-3.1')
  return {
    framing: model.framing,
    textFrames: false,
    pacing: burst,
    silenceMs: 500,
    lowSensitivity: api === 'vertex',
    streamEndEndsTurn: !is38,
    partialContentInterrupts: false,
    midSessionContent: is31 ? 'refuse' : 'accept',
    answersHistory: model.framing === 'one',
    mediaChunks: is31 ? 'refuse' : is38 ? 'ignore' : 'hear',
    refuses: 'close',
    takesNonBlocking: false,
    knowsProactivity: true,
    affectiveDialog: 'refuse',
    setupDelayMs: 0,
    pongDelayMs: 0,
    usageFirst: model.framing === 'many',
    emptyMessages: is38,
    inputWords: model.framing === 'one' ? 'pieces' : is31 ? 'withAnswer' : 'whole',
    outputWords: api === 'vertex' ? 'before' : 'beside',
    voiceActivity: is31,
    strayInterrupts: false,
    callIds: true,
    interactionStatus: 'content',
    resumeKeepsInstruction: false,
    handleLifetimeMs: api === 'vertex' ? 24 * HOUR_MS : 2 * HOUR_MS,
    handleAfterSetupMs: 190,
    handleAfterTurnMs: 600,
    life: {
      // Transcription was seen to say goAway at 540 s and to close at 590 s.
      connectionMs: model.kind === 'transcribe' ? 590 * SECOND_MS : 10 * MINUTE_MS,
      goAwayMs: 50 * SECOND_MS,
      audioSessionMs: 15 * MINUTE_MS,
      videoSessionMs: 2 * MINUTE_MS,
    },
  }
}

/** The profile of a setup's `model`, in any of the spellings the SDKs use; undefined where this API has no such model alive. */
export function livingProfile(model: string, api: Api): ModelProfile | undefined {
  const bare =
    /^(?:models\/|(?:projects\/[^/]+\/locations\/[^/]+\/)?publishers\/google\/models\/)?([^/]+)$/.exec(model)
  const profile = bare === null ? undefined : modelProfile(bare[1]!)
  return profile?.status === 'shut-down' || !profile?.on.includes(api) ? undefined : profile
}
