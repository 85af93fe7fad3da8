import type { LiveServerMessage, Transcription } from '@google/genai'
import { fromBase64 } from '../audio/pcm.ts'
import type { Ms } from '../units.ts'
import { type Tokens, tokensOf } from './usage.ts'

export type ToolCall = { id: string; name: string; args: Record<string, unknown> }

/** Vertex AI has sent calls without an id. They get one of our own, to tell them apart; it is never sent. */
const NAMELESS = 'nameless-'
let nameless = 0
export const isNameless = ({ id }: ToolCall) => id.startsWith(NAMELESS)

/** A page that an answer rests on; both are from outside. */
export type Page = { title: string; url: string }

/** What the Live API says, one fact at a time. */
export type LiveEvent =
  /** 24 kHz mono PCM16 of the model's voice. */
  | { type: 'audio'; pcm: Int16Array }
  /** A piece of what the model heard people say; where it tells when, each word's place in the sound sent on this connection, ms. */
  | { type: 'heard'; text: string; spans?: { fromMs: Ms; toMs: Ms }[] }
  /** A piece of what the model says aloud. */
  | { type: 'said'; text: string }
  /** Somebody talked over the model: nothing more of this answer comes, and what was not played is void. */
  | { type: 'interrupted' }
  /** The answer is complete; its playback may take a while yet. */
  | { type: 'generated' }
  | { type: 'turnComplete'; reason?: string }
  | { type: 'call'; calls: ToolCall[] }
  | { type: 'cancel'; ids: string[] }
  /** Where an answer comes from: what was searched for, and the pages it rests on. */
  | { type: 'sources'; queries: string[]; pages: Page[] }
  /** Code that the model wrote and ran, or what came of it. */
  | { type: 'code'; language: string; code: string }
  | { type: 'codeResult'; isOk: boolean; output: string }
  | { type: 'goAway'; withinMs: Ms }
  /**
   * Where a later session can take this one up; undefined while the model cannot be left. `consumed` is the number of the last
   * message from us that is in it, where the service counts them (Vertex AI).
   */
  | { type: 'handle'; handle: string | undefined; consumed?: number }
  /** What the turn under way has used so far: the last such event of a turn counts. */
  | { type: 'usage'; totalTokens: number; tokens: Tokens }

/**
 * The facts in one server message, in the order in which they are to be acted upon. A message may hold several, or none at all.
 * @see https://ai.google.dev/api/live#bidigeneratecontentservermessage
 */
export function eventsOf(message: LiveServerMessage): LiveEvent[] {
  // Usage first: it may ride on the message that ends its turn.
  return [...usageEvents(message), ...contentEvents(message), ...controlEvents(message)]
}

function* usageEvents({ usageMetadata }: LiveServerMessage): Generator<LiveEvent> {
  if (!usageMetadata?.totalTokenCount) return
  yield { type: 'usage', totalTokens: usageMetadata.totalTokenCount, tokens: tokensOf(usageMetadata) }
}

function* contentEvents({ serverContent }: LiveServerMessage): Generator<LiveEvent> {
  if (!serverContent) return
  const { inputTranscription, outputTranscription, modelTurn } = serverContent
  if (inputTranscription?.text) {
    const spans = spansOf(inputTranscription)
    yield { type: 'heard', text: inputTranscription.text, ...(spans && { spans }) }
  }
  if (serverContent.interrupted) yield { type: 'interrupted' }
  for (const { inlineData, executableCode, codeExecutionResult } of modelTurn?.parts ?? []) {
    if (inlineData?.data && inlineData.mimeType?.startsWith('audio/'))
      yield { type: 'audio', pcm: fromBase64(inlineData.data) }
    if (executableCode?.code)
      yield {
        type: 'code',
        language: executableCode.language?.toLowerCase() ?? '',
        code: executableCode.code,
      }
    if (codeExecutionResult) {
      const { outcome, output = '' } = codeExecutionResult
      yield { type: 'codeResult', isOk: outcome === undefined || outcome === 'OUTCOME_OK', output }
    }
  }
  const sources = sourcesIn(serverContent)
  if (sources) yield sources
  if (outputTranscription?.text) yield { type: 'said', text: outputTranscription.text }
  if (serverContent.generationComplete) yield { type: 'generated' }
  if (serverContent.turnComplete) {
    const reason = serverContent.turnCompleteReason
    yield { type: 'turnComplete', ...(reason ? { reason } : {}) }
  }
}

/** What an answer rests on: searches, and pages that were found or read. */
function sourcesIn({
  groundingMetadata,
  urlContextMetadata,
}: NonNullable<LiveServerMessage['serverContent']>): LiveEvent | undefined {
  const queries = groundingMetadata?.webSearchQueries ?? []
  const found = (groundingMetadata?.groundingChunks ?? []).map(({ web }) => ({
    title: web?.title ?? '',
    url: web?.uri ?? '',
  }))
  const read = (urlContextMetadata?.urlMetadata ?? []).map(({ retrievedUrl }) => ({
    title: '',
    url: retrievedUrl ?? '',
  }))
  const pages = [...found, ...read].filter(({ url }) => /^https?:\/\//.test(url))
  return queries.length + pages.length === 0 ? undefined : { type: 'sources', queries, pages }
}

function* controlEvents(message: LiveServerMessage): Generator<LiveEvent> {
  const { toolCall, toolCallCancellation, goAway, sessionResumptionUpdate } = message
  const calls = (toolCall?.functionCalls ?? []).map(({ id, name, args }) => ({
    id: id || `${NAMELESS}${++nameless}`,
    name: name ?? '',
    args: args ?? {},
  }))
  if (calls.length > 0) yield { type: 'call', calls }
  if (toolCallCancellation?.ids?.length) yield { type: 'cancel', ids: toolCallCancellation.ids }
  if (goAway) yield { type: 'goAway', withinMs: durationMs(goAway.timeLeft) }
  if (sessionResumptionUpdate) {
    const { resumable, newHandle, lastConsumedClientMessageIndex } = sessionResumptionUpdate
    const consumed = Number(lastConsumedClientMessageIndex ?? Number.NaN)
    yield {
      type: 'handle',
      handle: resumable && newHandle ? newHandle : undefined,
      ...(Number.isSafeInteger(consumed) ? { consumed } : {}),
    }
  }
}

/** Where each word was said, where all of them tell. */
function spansOf({ words }: Transcription): { fromMs: Ms; toMs: Ms }[] | undefined {
  if (!Array.isArray(words) || !words.every(word => word.startOffset && word.endOffset)) return undefined
  return words.map(word => ({ fromMs: durationMs(word.startOffset), toMs: durationMs(word.endOffset) }))
}

/** A protobuf Duration in its JSON form, such as "50s" or "0.5s", in ms; 0 where it says nothing. */
function durationMs(text: string | undefined): Ms {
  const seconds = Number.parseFloat(text ?? '')
  return Number.isFinite(seconds) ? seconds * 1000 : 0
}
