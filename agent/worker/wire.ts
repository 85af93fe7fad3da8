import {
  AvailabilityResponse,
  type Job,
  JobStatus,
  JobType,
  MigrateJobRequest,
  ParticipantPermission,
  RegisterWorkerRequest,
  ServerMessage,
  UpdateJobStatus,
  UpdateWorkerStatus,
  WorkerMessage,
  WorkerStatus,
} from '@livekit/protocol'
import { asError } from '../errors.ts'

/** A job the server would like somebody to take. */
export type Offer = {
  /** `AJ_...` */
  id: string
  /** `AD_...`, the wish for an agent in this very room; a later room of the same name has others. */
  dispatch: string
  room: string
  metadata: string
  attributes: Readonly<Record<string, string>>
  /** Only room jobs are ours: the server also knows jobs for one participant or one publisher. */
  isForRoom: boolean
}

/** What we say to the server. */
export type Outgoing =
  | { say: 'register'; agentName: string; version: string }
  /** The server picks among the available workers by 1 - load. */
  | { say: 'status'; isFull: boolean; load: number; jobs: number }
  | { say: 'take'; job: string; identity: string; name: string; attributes: Readonly<Record<string, string>> }
  /** `isDone`: the room needs nobody, so the server shall not ask another worker either. */
  | { say: 'decline'; job: string; isDone: boolean }
  | { say: 'job'; job: string; status: 'running' | 'success' | 'failed'; error: string }
  /** The jobs we brought along from an earlier registration. LiveKit Cloud takes them up; the open server does not. */
  | { say: 'carry'; jobs: readonly string[] }

/** What the server says to us. */
export type Incoming =
  | { got: 'registered'; worker: string; server: string; node: string }
  | { got: 'offer'; offer: Offer }
  /** `url` only where the room is elsewhere than the worker's own address (LiveKit Cloud). */
  | { got: 'assignment'; offer: Offer; token: string; url?: string }
  | { got: 'termination'; job: string }
  | { got: 'other'; what: string }
  | { got: 'unreadable'; error: Error }

/** One binary frame for the server. */
export function encode(outgoing: Outgoing): Uint8Array {
  return new WorkerMessage({ message: messageOf(outgoing) }).toBinary()
}

/** One binary frame from the server; a frame we cannot read is `unreadable`, one we do not know is `other`. */
export function decode(frame: Uint8Array): Incoming {
  let message: ServerMessage['message']
  try {
    message = ServerMessage.fromBinary(frame).message
  } catch (thrown) {
    return { got: 'unreadable', error: asError(thrown) }
  }
  switch (message.case) {
    case 'register': {
      const { workerId, serverInfo } = message.value
      return {
        got: 'registered',
        worker: workerId,
        server: serverInfo?.version ?? '',
        node: serverInfo?.nodeId ?? '',
      }
    }
    case 'availability':
      return { got: 'offer', offer: offerOf(message.value.job) }
    case 'assignment': {
      const { job, token, url } = message.value
      return { got: 'assignment', offer: offerOf(job), token, ...(url ? { url } : {}) }
    }
    case 'termination':
      return { got: 'termination', job: message.value.jobId }
    default:
      return { got: 'other', what: message.case ?? 'nothing' }
  }
}

function messageOf(outgoing: Outgoing): WorkerMessage['message'] {
  switch (outgoing.say) {
    case 'register':
      return { case: 'register', value: registration(outgoing) }
    case 'status': {
      const { isFull, load, jobs: jobCount } = outgoing
      const status = isFull ? WorkerStatus.WS_FULL : WorkerStatus.WS_AVAILABLE
      return { case: 'updateWorker', value: new UpdateWorkerStatus({ status, load, jobCount }) }
    }
    case 'take': {
      const { job: jobId, identity, name, attributes } = outgoing
      const value = new AvailabilityResponse({
        jobId,
        available: true,
        participantIdentity: identity,
        participantName: name,
        participantAttributes: { ...attributes },
      })
      return { case: 'availability', value }
    }
    case 'decline': {
      const { job: jobId, isDone: terminate } = outgoing
      return {
        case: 'availability',
        value: new AvailabilityResponse({ jobId, available: false, terminate }),
      }
    }
    case 'job': {
      const { job: jobId, error } = outgoing
      const status = jobStatus[outgoing.status]
      return { case: 'updateJob', value: new UpdateJobStatus({ jobId, status, error }) }
    }
    case 'carry':
      return { case: 'migrateJob', value: new MigrateJobRequest({ jobIds: [...outgoing.jobs] }) }
  }
}

const jobStatus = {
  running: JobStatus.JS_RUNNING,
  success: JobStatus.JS_SUCCESS,
  failed: JobStatus.JS_FAILED,
}

/** Everything an agent does in a room: speak, listen, send text and data, set its own state; and be seen doing so. */
function registration({ agentName, version }: { agentName: string; version: string }): RegisterWorkerRequest {
  return new RegisterWorkerRequest({
    type: JobType.JT_ROOM,
    agentName,
    version,
    allowedPermissions: new ParticipantPermission({
      canPublish: true,
      canSubscribe: true,
      canPublishData: true,
      canUpdateMetadata: true,
      hidden: false,
      agent: true,
    }),
  })
}

function offerOf(job: Job | undefined): Offer {
  return {
    id: job?.id ?? '',
    dispatch: job?.dispatchId ?? '',
    room: job?.room?.name ?? '',
    metadata: job?.metadata ?? '',
    attributes: job?.attributes ?? {},
    isForRoom: job?.type === JobType.JT_ROOM,
  }
}
