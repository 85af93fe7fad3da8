import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { blob, connect, connectRaw, isSound, silence, socketOf, tone } from '../client.ts'
import { stage } from './stage.ts'

const on = stage()
const latest = () => on.rehearsal.journal.sessions.at(-1)!
const method = 'GenerativeService.BidiGenerateContent'

describe('faults on command', () => {
  it('the connection is cut: 1006 [40]', async () => {
    on.rehearsal.play({
      turns: [{ does: [{ play: { ms: 10_000 } }] }],
      faults: [{ fault: 'CUT', at: 'SOUND' }],
    })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    expect(await client.closed).toMatchObject({ code: 1006 })
    expect(client.messages.filter(isSound)).toHaveLength(1)
    expect(latest().summary.closed).toEqual({ code: 1006, reason: '', by: 'server' })
  })

  it.each([
    [
      'SETUP',
      { code: 1011, reason: 'You exceeded your current quota, please check your plan and billing details.' },
    ],
    ['SETUP', { code: 1011, reason: 'The service is currently unavailable.' }],
  ])('a close at %s: %j [40]', async (at, fault) => {
    on.rehearsal.play({ faults: [{ fault: 'CLOSE', at: at as 'SETUP', ...fault }] })
    await expect(connect(on.url)).rejects.toThrow(new RegExp(`code ${fault.code}.*${fault.reason}`))
  })

  it.each(['OPEN', 'MESSAGE', 'ACTIVITY', 'TURN', 'SOUND', 'DONE', 'TURN_END'] as const)(
    'a close at %s, and nothing after it [40]',
    async at => {
      on.rehearsal.play({ faults: [{ fault: 'CLOSE', at, ...(at === 'MESSAGE' ? { nth: 2 } : {}) }] })
      await using client = await connectRaw(on.url)
      client.send({ setup: { model: 'models/gemini-3.8-live' } })
      for (const pcm of [tone(300), silence(600)]) client.send({ realtimeInput: { audio: blob(pcm) } })
      expect(await client.closed).toEqual({ code: 1011, reason: 'Internal error encountered.' })
      const count = latest().summary.messagesOut
      expect(client.messages).toHaveLength(count)
    },
  )

  it('the upgrade is refused: HTTP 403 [40]', async () => {
    on.rehearsal.play({ faults: [{ fault: 'REFUSE', at: 'UPGRADE' }] })
    await expect(connect(on.url)).rejects.toThrow('403')
    on.rehearsal.play({ faults: [{ fault: 'REFUSE', at: 'UPGRADE', status: 503, session: 1 }] })
    await expect(connect(on.url)).rejects.toThrow('503')
    await using client = await connect(on.url)
    expect(client.messages).toHaveLength(1)
  })

  it('the server falls silent in the middle of an answer [40]', async () => {
    on.rehearsal.play({
      turns: [{ does: [{ play: { ms: 5_000 } }] }],
      faults: [{ fault: 'MUTE', at: 'SOUND' }],
    })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isSound)
    client.session.sendRealtimeInput({ text: 'hello?' })
    await expect.poll(() => latest().summary.messagesIn).toBe(3)
    expect(client.messages.filter(isSound)).toHaveLength(1)
    expect(client.session).toBeDefined()
  })

  it('a frame is broken JSON [40]', async () => {
    on.rehearsal.play({ faults: [{ fault: 'RAW', at: 'OPEN' }] })
    const ws = new WebSocket(
      `${on.url.replace('http', 'ws')}/ws/google.ai.generativelanguage.v1.${method}?key=k`,
    )
    const frames: string[] = []
    ws.on('message', data => frames.push(data.toString()))
    await once(ws, 'open')
    ws.send(JSON.stringify({ setup: { model: 'models/gemini-3.8-live' } }))
    await expect.poll(() => frames).toHaveLength(2)
    expect(() => JSON.parse(frames[1]!)).toThrow()
    ws.terminate()
  })

  it('a message is above 1 MiB [40]', async () => {
    on.rehearsal.play({ faults: [{ fault: 'HUGE', at: 'OPEN' }] })
    await using client = await connect(on.url)
    const { serverContent } = await client.until(message => message.serverContent !== undefined)
    expect(JSON.stringify(serverContent).length).toBeGreaterThan(2 ** 20)
  })

  it("the server reads slowly, so that the client's buffer grows [40]", async () => {
    on.rehearsal.play({ faults: [{ fault: 'STALL', at: 'OPEN', ms: 700 }] })
    await using client = await connect(on.url)
    const ws = socketOf(client)
    const data = Buffer.alloc(640_000).toString('base64')
    for (let i = 0; i < 16; i++)
      client.session.sendRealtimeInput({ audio: { data, mimeType: 'audio/pcm;rate=16000' } })
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(ws.bufferedAmount).toBeGreaterThan(2 ** 20)
    await expect.poll(() => ws.bufferedAmount, { timeout: 20_000 }).toBe(0)
    await expect.poll(() => latest().summary.messagesIn, { timeout: 20_000 }).toBe(17)
  })

  it('chance strikes the same sessions for the same seed [40]', async () => {
    const outcomes = async (seed: number) => {
      on.rehearsal.play({ seed, faults: [{ fault: 'CLOSE', at: 'SETUP', chance: 0.5 }] })
      const all: boolean[] = []
      for (let i = 0; i < 12; i++) {
        const client = await connect(on.url).catch(() => undefined)
        all.push(client !== undefined)
        await client?.[Symbol.asyncDispose]()
      }
      return all
    }
    const once = await outcomes(7)
    expect(await outcomes(7)).toEqual(once)
    expect(new Set(once).size).toBe(2)
  })
})
