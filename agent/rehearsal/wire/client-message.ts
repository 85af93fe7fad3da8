import * as f from './fields.ts'
import { Refusal } from './refusal.ts'
import { content, media, type Setup, setup, tool } from './setup.ts'

const clientContent = f.message({ turns: f.list(content), turnComplete: f.bool })

const realtimeInput = f.message({
  audio: media,
  video: media,
  text: f.text,
  activityStart: f.struct,
  activityEnd: f.struct,
  audioStreamEnd: f.bool,
  mediaChunks: f.list(media),
})

const functionResponse = f.message({
  id: f.text,
  name: f.text,
  response: f.struct,
  parts: f.list(f.struct),
  scheduling: f.choice('SCHEDULING_UNSPECIFIED', 'SILENT', 'WHEN_IDLE', 'INTERRUPT'),
  willContinue: f.bool,
})
const toolResponse = f.message({ functionResponses: f.list(functionResponse) })

// The tools of a context update stand in a message of their own, so that an empty list differs from none.
const contextUpdate = f.message({
  systemInstruction: content,
  tools: f.message({ tools: f.list(tool) }),
})

export type ClientContent = f.Infer<typeof clientContent>
export type RealtimeInput = f.Infer<typeof realtimeInput>
export type FunctionResponse = f.Infer<typeof functionResponse>
export type ContextUpdate = f.Infer<typeof contextUpdate>

/** One message of a client, its names in camel case and its bytes decoded. */
export type ClientMessage =
  | { kind: 'setup'; setup: Setup }
  | { kind: 'clientContent'; clientContent: ClientContent }
  | { kind: 'realtimeInput'; realtimeInput: RealtimeInput }
  | { kind: 'toolResponse'; functionResponses: FunctionResponse[] }
  | { kind: 'contextUpdate'; contextUpdate: ContextUpdate }

const clientMessage = f.message({ setup, clientContent, realtimeInput, toolResponse, contextUpdate })

/**
 * The message in one text or binary frame.
 * @throws Refusal 1007 for anything but one JSON object that holds exactly one known member.
 */
export function parseClientMessage(frame: string): ClientMessage {
  const json = parseJson(frame)
  if (isDeeper(json, MOST_DEPTH)) throw new Refusal(1007, 'Message too deep. Max recursion depth reached.')
  const members = clientMessage(json, '')
  const set = Object.keys(members)
  if (set.length > 1)
    throw new Refusal(
      1007,
      `Invalid value (oneof), oneof field 'message_type' is already set. Cannot set '${set[1]}'`,
    )
  if (members.realtimeInput !== undefined)
    return { kind: 'realtimeInput', realtimeInput: members.realtimeInput }
  if (members.setup !== undefined) return { kind: 'setup', setup: members.setup }
  if (members.clientContent !== undefined)
    return { kind: 'clientContent', clientContent: members.clientContent }
  if (members.toolResponse !== undefined)
    return { kind: 'toolResponse', functionResponses: members.toolResponse.functionResponses ?? [] }
  if (members.contextUpdate !== undefined)
    return { kind: 'contextUpdate', contextUpdate: members.contextUpdate }
  throw new Refusal(1007, 'Request contains an invalid argument.')
}

/** How deep a message may be nested: as deep as Google's own readers of proto JSON go. */
const MOST_DEPTH = 100

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return depth === 0 || Object.values(value).some(inner => isDeeper(inner, depth - 1))
}

function parseJson(frame: string): unknown {
  try {
    return JSON.parse(frame)
  } catch {
    throw new Refusal(1007, 'Invalid JSON payload received. Unexpected token.')
  }
}
