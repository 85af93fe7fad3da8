/** What the Live API says, one fact at a time. https://ai.google.dev/api/live */
export type Fact =
  | { type: 'ready' }
  /** 24 kHz mono PCM16 little-endian, base64. */
  | { type: 'audio'; data: string }
  | { type: 'heard'; text: string }
  | { type: 'said'; text: string }
  /** What was not played yet is void. */
  | { type: 'interrupted' }
  | { type: 'turnComplete' }
  | { type: 'calls'; calls: { id: string; name: string }[] }
  | { type: 'goAway'; seconds: number }

type Part = { inlineData?: { mimeType?: string; data?: string } }
type Message = {
  setupComplete?: object
  serverContent?: {
    modelTurn?: { parts?: Part[] }
    inputTranscription?: { text?: string }
    outputTranscription?: { text?: string }
    interrupted?: boolean
    turnComplete?: boolean
  }
  toolCall?: { functionCalls?: { id?: string; name?: string }[] }
  goAway?: { timeLeft?: string }
}

/** The facts in one message, in the order in which they are to be acted upon; none in one that is not JSON. */
export function factsOf(text: string): Fact[] {
  let message: Message
  try {
    message = JSON.parse(text) as Message
  } catch {
    return []
  }
  const facts: Fact[] = []
  if (message.setupComplete) facts.push({ type: 'ready' })
  const { inputTranscription, outputTranscription, modelTurn, interrupted, turnComplete } =
    message.serverContent ?? {}
  if (inputTranscription?.text) facts.push({ type: 'heard', text: inputTranscription.text })
  if (interrupted) facts.push({ type: 'interrupted' })
  for (const { inlineData } of modelTurn?.parts ?? [])
    if (inlineData?.data && inlineData.mimeType?.startsWith('audio/'))
      facts.push({ type: 'audio', data: inlineData.data })
  if (outputTranscription?.text) facts.push({ type: 'said', text: outputTranscription.text })
  if (turnComplete) facts.push({ type: 'turnComplete' })
  const calls = (message.toolCall?.functionCalls ?? []).map(({ id = '', name = '' }) => ({ id, name }))
  if (calls.length > 0) facts.push({ type: 'calls', calls })
  if (message.goAway)
    facts.push({ type: 'goAway', seconds: Number.parseFloat(message.goAway.timeLeft ?? '') || 0 })
  return facts
}
