import type { WebConfig } from '../../agent/config.ts'
import { cleanName, cleanRoom, NAME_LENGTH } from './names.ts'
import { Refusal } from './refusal.ts'

/** Who wants to join what; every field has been checked. */
export type TokenRequest = {
  room: string
  name: string
  /** What the guest's identity is derived from; undefined: a new person each time. */
  nonce: string | undefined
  metadata: string
  attributes: Readonly<Record<string, string>>
}

/** Metadata, and attributes all together, in bytes of UTF-8. */
const MOST_METADATA = 1024
const MOST_NONCE = 256

const fields = [
  'room_name',
  'participant_identity',
  'participant_name',
  'participant_metadata',
  'participant_attributes',
  'room_config',
]

/**
 * Reads the body of LiveKit's standard token request (https://docs.livekit.io/frontends/authentication/tokens/endpoint).
 * Every field is optional; empty text counts as absent.
 * @throws Refusal (400 malformed, 403 not for guests) with the field's name.
 */
export function readTokenRequest(body: unknown, web: WebConfig, agentName: string): TokenRequest {
  const given = asRecord(body, 'The request')
  for (const field of Object.keys(given))
    if (!fields.includes(field)) throw new Refusal(400, `${field} is not a field of a token request.`)
  checkRoomConfig(given.room_config, agentName)
  const nonce = text(given, 'participant_identity')
  if (nonce !== undefined && nonce.length > MOST_NONCE)
    throw new Refusal(400, `participant_identity is longer than ${MOST_NONCE} characters.`)
  return {
    room: readRoom(text(given, 'room_name'), web),
    name: readName(text(given, 'participant_name')),
    nonce,
    metadata: readMetadata(text(given, 'participant_metadata')),
    attributes: readAttributes(given.participant_attributes),
  }
}

function readRoom(wanted: string | undefined, { room, rooms }: WebConfig): string {
  if (wanted === undefined) return room
  const name = cleanRoom(wanted)
  if (name === undefined)
    throw new Refusal(
      400,
      'room_name takes up to 64 letters, digits, dots, dashes and underscores, a letter or digit first.',
    )
  if (rooms !== '*' && !rooms.includes(name)) throw new Refusal(403, 'There is no such room here.')
  return name
}

function readName(wanted: string | undefined): string {
  if (wanted === undefined) return 'Guest'
  const name = cleanName(wanted)
  if (name === undefined)
    throw new Refusal(400, `participant_name takes 1 to ${NAME_LENGTH} visible characters.`)
  return name
}

function readMetadata(metadata = ''): string {
  if (Buffer.byteLength(metadata) > MOST_METADATA)
    throw new Refusal(400, `participant_metadata is larger than ${MOST_METADATA} bytes.`)
  return metadata
}

/** The keys that the agent speaks with: a guest who could set them could pose as it. */
function isReserved(key: string): boolean {
  return /^(floor$|lk\.|roundtable\.)/i.test(key)
}

function readAttributes(given: unknown): Record<string, string> {
  if (given === undefined || given === null) return {}
  const attributes: Record<string, string> = {}
  let size = 0
  for (const [key, value] of Object.entries(asRecord(given, 'participant_attributes'))) {
    if (typeof value !== 'string')
      throw new Refusal(400, 'participant_attributes takes text values, and nothing else.')
    if (isReserved(key))
      throw new Refusal(403, `participant_attributes: ${key.slice(0, 64)} is for the agent to set.`)
    size += Buffer.byteLength(key) + Buffer.byteLength(value)
    attributes[key] = value
  }
  if (size > MOST_METADATA)
    throw new Refusal(400, `participant_attributes are larger than ${MOST_METADATA} bytes.`)
  return attributes
}

/**
 * A room's configuration can order recordings into somebody's bucket, so nothing of it is passed on. Starters name the
 * agent in it; ours joins by itself, so naming it is accepted, and means nothing.
 */
function checkRoomConfig(given: unknown, agentName: string): void {
  if (given === undefined || given === null) return
  const { agents = [], ...others } = asRecord(given, 'room_config')
  const [other] = Object.keys(others)
  if (other !== undefined)
    throw new Refusal(400, `room_config.${other.slice(0, 64)} is not for guests to set; only agents is.`)
  if (!Array.isArray(agents)) throw new Refusal(400, 'room_config.agents is no list.')
  for (const agent of agents) {
    const { agent_name: name = '', ...more } = asRecord(agent, 'room_config.agents[]')
    if (name !== '' && name !== agentName)
      throw new Refusal(400, 'room_config.agents names an agent that is not here.')
    for (const [field, value] of Object.entries(more))
      if (value !== undefined && value !== null && value !== '')
        throw new Refusal(400, `room_config.agents[].${field.slice(0, 64)} is not for guests to set.`)
  }
}

function asRecord(given: unknown, what: string): Record<string, unknown> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new Refusal(400, `${what} is no JSON object.`)
  return given as Record<string, unknown>
}

function text(given: Record<string, unknown>, field: string): string | undefined {
  const value = given[field]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string') throw new Refusal(400, `${field} is no text.`)
  return value
}
