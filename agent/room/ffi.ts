import './native-log.ts'
import { createRequire } from 'node:module'
import type * as Bindings from '@livekit/rtc-ffi-bindings'
import type { Room } from '@livekit/rtc-node'

/** The copy that rtc-node itself uses: another one would be another native library that knows none of its handles. */
const { FfiHandle } = createRequire(createRequire(import.meta.url).resolve('@livekit/rtc-node'))(
  '@livekit/rtc-ffi-bindings',
) as typeof Bindings

type Client = NonNullable<typeof globalThis._ffiClientInstance>

/**
 * rtc-node's way into LiveKit's native library.
 * @throws Error before the first room was joined.
 */
export function client(): Client {
  const found = globalThis._ffiClientInstance
  if (found === undefined) throw new Error('LiveKit is not loaded')
  return found
}

/**
 * A request that rtc-node does not wrap.
 * @throws Error when a handle in it is gone, or no room was ever joined.
 */
export function request<T>(message: Bindings.PartialMessage<Bindings.FfiRequest>['message']): T {
  if (message === undefined) throw new Error('an empty request')
  return client().request<T>({ message })
}

/** Gives native memory back. */
export function free(handle: bigint): void {
  try {
    new FfiHandle(handle).dispose()
  } catch {
    // LiveKit was shut down meanwhile, and has freed everything.
  }
}

type SoundListener = (event: Bindings.AudioStreamEvent) => void

const soundListeners = new Map<bigint, SoundListener>()
let routed: Client | undefined

/**
 * Hands the events of the sound stream `id` to `listener`, and to nobody else, until the returned function is called.
 *
 * rtc-node shows every event of the process to every room and every stream in it: with twenty rooms, each of the 2,000 frames a
 * second would pass some sixty listeners, half of them behind a lock.
 */
export function listenToSound(id: bigint, listener: SoundListener): () => void {
  route(client())
  soundListeners.set(id, listener)
  return () => soundListeners.delete(id)
}

function route(to: Client): void {
  if (routed === to) return
  routed = to
  const emit = to.emit.bind(to)
  to.emit = (...given) => {
    const { message } = given[1] as Bindings.FfiEvent
    if (message.case !== 'audioStreamEvent') return emit(...given)
    const listener = soundListeners.get(message.value.streamHandle!)
    if (listener === undefined) return emit(...given)
    listener(message.value)
    return true
  }
}

/** What rtc-node has every room do with every event of the process, before the room looks whether it is about itself; not in its types. */
type Hearer = { onFfiEvent?: (event: Bindings.FfiEvent) => unknown; ffiHandle?: { handle: bigint } }

/**
 * Keeps from `room`, which is not joined yet, the events of other rooms and the answers to requests. Each would cost it a lock and two
 * promises: with twenty rooms that speak, 4,000 times a second.
 */
export function hearOwnEventsOnly(room: Room): void {
  const hearer = room as unknown as Hearer
  const hear = hearer.onFfiEvent
  if (hear === undefined) return
  hearer.onFfiEvent = event => {
    const { message } = event
    if (message.case === 'rpcMethodInvocation') return hear(event)
    if (message.case !== 'roomEvent') return undefined
    // While it joins, the room does not know yet which it is.
    const own = hearer.ffiHandle?.handle
    return own === undefined || message.value.roomHandle === own ? hear(event) : undefined
  }
}
