import { isUtf8 } from 'node:buffer'
import type { FaultScript } from '../scenario/scenario.ts'
import { type ClientMessage, parseClientMessage } from '../wire/client-message.ts'
import { Refusal } from '../wire/refusal.ts'
import type { SessionRecord } from './journal.ts'

/** Of a frame that cannot be read, this much is kept. */
const MOST_SHOWN_BYTES = 2_000

/** The message in a frame, written down; also what cannot be read is. @throws Refusal 1007 for a frame that is no message. */
export function readFrame(frame: Buffer, record: SessionRecord): ClientMessage {
  try {
    if (!isUtf8(frame)) throw new Refusal(1007, 'Invalid UTF-8 sequence in the payload.')
    const message = parseClientMessage(frame.toString('utf8'))
    noteMessage(message, record)
    return message
  } catch (error) {
    if (error instanceof Refusal) record.message('in', frame.toString('utf8', 0, MOST_SHOWN_BYTES))
    throw error
  }
}

function noteMessage(message: ClientMessage, record: SessionRecord): void {
  const input = message.kind === 'realtimeInput' ? message.realtimeInput : {}
  const isBareAudio = input.audio !== undefined && Object.keys(input).length === 1
  if (isBareAudio) record.audioMessage('in', input.audio?.data?.length ?? 0)
  else record.message('in', shown(message))
}

/** As it came: the answers of functions are a list in a message of their own. */
function shown(message: ClientMessage): unknown {
  if (message.kind === 'toolResponse')
    return { toolResponse: { functionResponses: message.functionResponses } }
  const { kind: _, ...member } = message
  return member
}

/** A fault that strikes now. What is `at` in a script is its moment: in the journal, `at` is the time. */
export function noteFault({ at: moment, ...fault }: FaultScript, record: SessionRecord): void {
  record.event('fault', { ...fault, ...(moment === undefined ? {} : { moment }) })
}
