import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Room } from '@livekit/rtc-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { need } from '../setup/need.ts'
import { type Served, serve } from '../web/served.ts'
import { startLiveKit, type TestLiveKit } from './livekit.ts'
import { Person, until } from './person.ts'

const canRun = await need('livekit-server')

describe.runIf(canRun)('with a token of ours, at a real LiveKit server, a guest', () => {
  let livekit: TestLiveKit
  let served: Served
  let token: string
  beforeAll(async () => {
    livekit = await startLiveKit()
    served = await serve({
      LIVEKIT_URL: livekit.url,
      LIVEKIT_API_KEY: livekit.apiKey,
      LIVEKIT_API_SECRET: livekit.apiSecret,
    })
    const reply = await served.mint({ participant_name: 'Eve', participant_attributes: { seat: 'north' } })
    token = ((await reply.json()) as { participant_token: string }).participant_token
  })
  afterAll(async () => {
    await served?.[Symbol.asyncDispose]()
    await livekit?.close()
  })

  test.each([
    ['RoomService/ListRooms', {}],
    ['RoomService/CreateRoom', { name: 'other' }],
    ['RoomService/DeleteRoom', { room: 'roundtable' }],
    ['RoomService/ListParticipants', { room: 'roundtable' }],
    ['RoomService/RemoveParticipant', { room: 'roundtable', identity: 'ben' }],
    ['RoomService/MutePublishedTrack', { room: 'roundtable', identity: 'ben', track_sid: 'x', muted: true }],
    ['RoomService/UpdateParticipant', { room: 'roundtable', identity: 'ben', name: 'Eve' }],
    ['RoomService/UpdateRoomMetadata', { room: 'roundtable', metadata: 'x' }],
    ['RoomService/SendData', { room: 'roundtable', data: '' }],
    ['AgentDispatchService/CreateDispatch', { room: 'roundtable', agent_name: 'x' }],
    ['AgentDispatchService/ListDispatch', { room: 'roundtable' }],
    ['Egress/StartRoomCompositeEgress', { room_name: 'roundtable' }],
    ['Ingress/CreateIngress', { room_name: 'roundtable' }],
    ['SIP/CreateSIPParticipant', { room_name: 'roundtable' }],
  ])('may not call %s', async (method, body) => {
    const response = await fetch(`${livekit.url.replace('ws', 'http')}/twirp/livekit.${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect([401, 403]).toContain(response.status)
  })

  test('may not register as a worker', async () => {
    const socket = new WebSocket(`${livekit.url}/agent?protocol=1`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const [asked, response] = (await once(socket, 'unexpected-response')) as [
      { destroy(): void },
      IncomingMessage,
    ]
    asked.destroy()
    expect(response.statusCode).toBe(401)
  })

  test('may neither rename themselves nor speak in the name of another', async () => {
    await using ben = await Person.join(livekit, 'roundtable', 'ben')
    const room = new Room()
    await room.connect(livekit.url, token, { autoSubscribe: false, dynacast: false })
    try {
      const eve = room.localParticipant!
      // Whether the SDK says so or not: what counts is what others see.
      await Promise.allSettled([eve.setAttributes({ 'lk.agent.state': 'speaking' }), eve.updateName('Ben')])
      const writer = await eve.streamText({
        topic: 'lk.transcription',
        senderIdentity: 'ben',
        attributes: { 'lk.segment_id': 's1' },
      })
      await writer.write('I resign.')
      await writer.close()
      await until(() => ben.captions.length > 0, 'the forged words arrive')
      expect(ben.captions.map(({ from }) => from)).toEqual([eve.identity])
      await until(() => ben.room.remoteParticipants.has(eve.identity), 'she is announced')
      const seen = ben.room.remoteParticipants.get(eve.identity)
      expect([seen?.name, seen?.attributes]).toEqual(['Eve', { seat: 'north' }])
    } finally {
      await room.disconnect()
    }
  })
})
