import type { FfiEvent } from '@livekit/rtc-ffi-bindings'
import { Room } from '@livekit/rtc-node'
import { describe, expect, it } from 'vitest'
import { hearOwnEventsOnly } from '../../../agent/room/ffi.ts'

/** What of a room rtc-node's types do not show. */
type Insides = { onFfiEvent: (event: FfiEvent) => unknown; ffiHandle?: { handle: bigint } }

/** A room that only notes what it hears. */
function hearing() {
  const room = new Room()
  const insides = room as unknown as Insides
  // As rtc-node has it: were it renamed, every room would hear everything again.
  expect(typeof insides.onFfiEvent).toBe('function')
  const heard: string[] = []
  insides.onFfiEvent = ({ message }) => heard.push(message.case ?? '')
  hearOwnEventsOnly(room)
  return { insides, heard }
}

const event = (name: string, value: object = {}) =>
  ({ message: { case: name, value } }) as unknown as FfiEvent

describe('a room among others', () => {
  it('hears what happens in it and calls to it, and nothing of other rooms and of answers', () => {
    const { insides, heard } = hearing()
    insides.ffiHandle = { handle: 7n }
    insides.onFfiEvent(event('roomEvent', { roomHandle: 8n }))
    insides.onFfiEvent(event('captureAudioFrame'))
    expect(heard).toEqual([])
    insides.onFfiEvent(event('roomEvent', { roomHandle: 7n }))
    insides.onFfiEvent(event('rpcMethodInvocation'))
    expect(heard).toEqual(['roomEvent', 'rpcMethodInvocation'])
  })

  it('hears of every room until it knows which it is', () => {
    const { insides, heard } = hearing()
    insides.onFfiEvent(event('roomEvent', { roomHandle: 7n }))
    expect(heard).toEqual(['roomEvent'])
  })
})
