import {
  AvailabilityRequest,
  Job,
  JobAssignment,
  JobStatus,
  JobTermination,
  JobType,
  RegisterWorkerResponse,
  Room,
  ServerInfo,
  ServerMessage,
  WorkerMessage,
  WorkerStatus,
} from '@livekit/protocol'
import { describe, expect, it } from 'vitest'
import { decode, encode } from '../../../agent/worker/wire.ts'

const said = (frame: Uint8Array) => WorkerMessage.fromBinary(frame).message

describe('what the worker says', () => {
  it('registers for rooms, as a visible agent that may speak, listen, send data and set its own state', () => {
    const message = said(encode({ say: 'register', agentName: 'host', version: '1.2.3' }))
    expect(message.case).toBe('register')
    const { type, agentName, version, allowedPermissions } = (
      message.value as never as { toJson(): unknown }
    ).toJson() as never
    expect({ type, agentName, version }).toEqual({ type: undefined, agentName: 'host', version: '1.2.3' })
    expect(allowedPermissions).toEqual({
      canSubscribe: true,
      canPublish: true,
      canPublishData: true,
      canUpdateMetadata: true,
      agent: true,
    })
  })

  it('tells a full worker from an available one', () => {
    const full = said(encode({ say: 'status', isFull: true, load: 0.5, jobs: 3 }))
    expect(full.value).toMatchObject({ status: WorkerStatus.WS_FULL, load: 0.5, jobCount: 3 })
    const free = said(encode({ say: 'status', isFull: false, load: 0, jobs: 0 }))
    expect(free.value).toMatchObject({ status: WorkerStatus.WS_AVAILABLE })
  })

  it('takes an offer under an identity, and declines with or without letting others be asked', () => {
    const taken = encode({
      say: 'take',
      job: 'AJ_1',
      identity: 'agent',
      name: 'Roundtable',
      attributes: { a: 'b' },
    })
    expect(said(taken).value).toMatchObject({
      jobId: 'AJ_1',
      available: true,
      participantIdentity: 'agent',
      participantName: 'Roundtable',
      participantAttributes: { a: 'b' },
    })
    expect(said(encode({ say: 'decline', job: 'AJ_1', isDone: false })).value).toMatchObject({
      available: false,
      terminate: false,
    })
    expect(said(encode({ say: 'decline', job: 'AJ_1', isDone: true })).value).toMatchObject({
      available: false,
      terminate: true,
    })
  })

  it('reports how a job goes, and which ones it brought along', () => {
    const failed = said(encode({ say: 'job', job: 'AJ_1', status: 'failed', error: 'no key' }))
    expect(failed.value).toMatchObject({ jobId: 'AJ_1', status: JobStatus.JS_FAILED, error: 'no key' })
    const carried = said(encode({ say: 'carry', jobs: ['AJ_1', 'AJ_2'] }))
    expect(carried).toMatchObject({ case: 'migrateJob', value: { jobIds: ['AJ_1', 'AJ_2'] } })
  })
})

describe('what the server says', () => {
  const job = new Job({
    id: 'AJ_1',
    dispatchId: 'AD_1',
    type: JobType.JT_ROOM,
    room: new Room({ name: 'kitchen' }),
    metadata: '{"voice":"Puck"}',
    attributes: { 'roundtable.try': '1' },
  })
  const offer = {
    id: 'AJ_1',
    dispatch: 'AD_1',
    room: 'kitchen',
    metadata: '{"voice":"Puck"}',
    attributes: { 'roundtable.try': '1' },
    isForRoom: true,
  }
  const heard = (message: ServerMessage['message']) => decode(new ServerMessage({ message }).toBinary())

  it('is a registration with the ids of worker and node', () => {
    const serverInfo = new ServerInfo({ version: '1.13.5', nodeId: 'ND_1' })
    const value = new RegisterWorkerResponse({ workerId: 'AW_1', serverInfo })
    expect(heard({ case: 'register', value })).toEqual({
      got: 'registered',
      worker: 'AW_1',
      server: '1.13.5',
      node: 'ND_1',
    })
  })

  it('is an offer', () => {
    expect(heard({ case: 'availability', value: new AvailabilityRequest({ job }) })).toEqual({
      got: 'offer',
      offer,
    })
  })

  it('is an assignment, with an address only where the room is elsewhere', () => {
    const here = heard({ case: 'assignment', value: new JobAssignment({ job, token: 'jwt' }) })
    expect(here).toEqual({ got: 'assignment', offer, token: 'jwt' })
    const there = heard({
      case: 'assignment',
      value: new JobAssignment({ job, token: 'jwt', url: 'wss://there' }),
    })
    expect(there).toEqual({ got: 'assignment', offer, token: 'jwt', url: 'wss://there' })
  })

  it('is a termination', () => {
    const value = new JobTermination({ jobId: 'AJ_1' })
    expect(heard({ case: 'termination', value })).toEqual({ got: 'termination', job: 'AJ_1' })
  })

  it('is told from a frame that is no message, and from one that is none of ours', () => {
    expect(decode(Uint8Array.of(0xff, 0xff, 0xff)).got).toBe('unreadable')
    expect(decode(new Uint8Array())).toEqual({ got: 'other', what: 'nothing' })
  })
})
