import type { Ms } from '../../units.ts'

/** What the server says, as it stands on the wire. https://ai.google.dev/api/live#messages-server */
export type ServerMessage = {
  setupComplete?: { sessionId?: string }
  serverContent?: ServerContent
  toolCall?: { functionCalls: FunctionCall[] }
  toolCallCancellation?: { ids: string[] }
  goAway?: { timeLeft: string }
  sessionResumptionUpdate?: {
    newHandle?: string
    resumable?: boolean
    lastConsumedClientMessageIndex?: string
  }
  usageMetadata?: Record<string, unknown>
  voiceActivity?: { type: 'ACTIVITY_START' | 'ACTIVITY_END'; audioOffset: string }
  voiceActivityDetectionSignal?: { vadSignalType: 'VAD_SIGNAL_TYPE_SOS' | 'VAD_SIGNAL_TYPE_EOS' }
  interactionStatus?: InteractionStatus
}

export type ServerContent = {
  modelTurn?: { role?: string; parts: Part[] }
  generationComplete?: true
  turnComplete?: true
  interrupted?: true
  inputTranscription?: Transcription
  interimInputTranscription?: Transcription
  outputTranscription?: Transcription
  turnCompleteReason?: string
  interactionStatus?: InteractionStatus
  waitingForInput?: boolean
  groundingMetadata?: Record<string, unknown>
}

export type Part = {
  text?: string
  thought?: true
  inlineData?: { mimeType: string; data: string }
  executableCode?: { language: string; code: string }
  codeExecutionResult?: { outcome: string; output: string }
}
export type Transcription = {
  text: string
  finished?: boolean
  languageCode?: string
  speakerLabel?: string
  startOffset?: string
  endOffset?: string
  words?: { word?: string; startOffset?: string; endOffset?: string }[]
}
export type FunctionCall = { id?: string; name: string; args: Record<string, unknown> }
export type InteractionStatus = 'IN_PROGRESS' | 'IDLE'

/** A protobuf Duration in JSON, such as "1.25s". */
export function duration(ms: Ms): string {
  return `${Number((ms / 1000).toFixed(3))}s`
}

/** A part that carries 24 kHz PCM16. */
export function audioPart(pcm: Int16Array): Part {
  const data = Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).toString('base64')
  return { inlineData: { mimeType: 'audio/pcm;rate=24000', data } }
}
