import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { levelOf } from '../../agent/audio/pcm.ts'
import type { Rehearsal } from '../../agent/rehearsal/server.ts'
import { need } from '../setup/need.ts'
import type { TestLiveKit } from './livekit.ts'
import { Person, until } from './person.ts'
import { type House, startHouse } from './program.ts'
import { type Speech, speech } from './speech.ts'

const canRun = await need('livekit-server', 'espeak-ng')

describe.runIf(canRun)('among several people', () => {
  let house: House
  let livekit: TestLiveKit
  let rehearsal: Rehearsal
  let question: Speech
  let kept: string

  beforeAll(async () => {
    question = speech('I would like to know whether you can hear what I am saying to you at this table')
    kept = await mkdtemp(join(tmpdir(), 'roundtable-'))
    house = await startHouse({
      MANNERS: 'addressed',
      RECORD_DIR: kept,
    })
    ;({ livekit, rehearsal } = house)
  })
  afterAll(async () => {
    await house?.[Symbol.asyncDispose]()
    await rm(kept, { recursive: true, force: true })
  })

  /** What the model was sent on the newest session, as one text. */
  const sent = () =>
    JSON.stringify(
      rehearsal.journal.sessions.at(-1)!.entries.filter(entry => 'dir' in entry && entry.dir === 'in'),
    )

  it('says an answer only when it was addressed, and shows that it holds one back', async () => {
    rehearsal.play({
      turns: [
        {
          on: 'SPEECH',
          hears: [{ text: 'Ben, did you bring the wine?' }],
          does: [{ say: 'I have no wine at all, I am sorry to say.' }],
        },
        {
          on: 'SPEECH',
          hears: [{ text: 'Round table, what goes with fish?' }],
          does: [{ say: 'White wine.' }],
        },
      ],
    })
    await using ana = await Person.join(livekit, 'addressed', 'ana')
    await until(() => ana.agentState === 'listening', 'the agent listens')
    await using ben = await Person.join(livekit, 'addressed', 'ben')
    await until(() => ben.sees('roundtable.manners') === 'addressed', 'the manners are shown')
    await until(() => /Here now: [^.]*Ben/.test(sent()), 'the model knows of both')
    await ana.say(question)
    await until(() => ben.sees('roundtable.choice') === 'holding-back', 'people see that it holds back')
    await until(() => ben.sees('roundtable.choice') === '', 'and that this is over')
    expect(ana.levels.some(level => level > -50)).toBe(false)
    await ana.say(question)
    await until(() => ana.hears() && ben.hears(), 'the answer is heard')
    await until(() => ben.captions.some(({ text }) => /White wine/.test(text)), 'and read')
    expect(ben.captions.some(({ text }) => /no wine/.test(text))).toBe(false)
    rehearsal.play({})
  })

  it('says the answer that somebody asks for', async () => {
    await using ana = await Person.join(livekit, 'asked', 'ana')
    await until(() => ana.agentState === 'listening', 'the agent listens')
    await using ben = await Person.join(livekit, 'asked', 'ben')
    await until(() => /Here now: [^.]*Ben/.test(sent()), 'the model knows of both')
    await ana.type(`Repeat this: ${'one two three four five six seven eight nine ten '.repeat(3)}`)
    await until(() => ben.sees('roundtable.choice') === 'holding-back', 'it holds back')
    await ben.call('roundtable.ask')
    await until(() => ana.hears(), 'the answer is heard from its beginning')
    await until(() => ana.captions.some(({ text }) => /one two three/.test(text)), 'and read')
  })

  it('hears nothing while somebody has deafened it, and everybody sees who', async () => {
    await using ana = await Person.join(livekit, 'deaf', 'ana')
    await until(() => ana.agentState === 'listening', 'the agent listens')
    await using ben = await Person.join(livekit, 'deaf', 'ben')
    await until(() => /Here now: [^.]*Ben/.test(sent()), 'both see it, and it sees both')
    const session = rehearsal.journal.sessions.at(-1)!
    const { summary } = session
    const marks = (mark: string) => session.entries.filter(entry => 'event' in entry && entry.event === mark)
    const turns = () => marks('activityEnd')
    const saying = ana.say(question)
    await until(() => marks('activityStart').length === 1, 'the model hears her')
    await ben.call('roundtable.deafen', { on: true })
    await until(() => ana.sees('roundtable.deafened') === 'ben', 'it is seen')
    await until(() => turns().length === 1, 'what she had said until then is a turn')
    await saying
    let before = -1
    const isSilent = async () => {
      const last = summary.heardMs
      await new Promise(resolve => setTimeout(resolve, 500))
      before = summary.heardMs
      return before === last
    }
    await expect.poll(isSilent, { timeout: 20_000 }).toBe(true)
    await ana.say(question)
    await ana.type('Roundtable, are you there?')
    await until(() => ana.chat.some(({ text }) => /deafened/.test(text)), 'whoever types is told')
    expect(summary.heardMs).toBe(before)
    expect(turns()).toHaveLength(1)
    expect(sent()).not.toMatch(/are you there/)
    await expect(ben.call('roundtable.ask')).rejects.toThrow(/deafened/)
    await ana.call('roundtable.deafen', { on: false })
    await until(() => ben.sees('roundtable.deafened') === '', 'it hears again')
    await ana.say(question)
    expect(summary.heardMs - before).toBeGreaterThan(question.ms * 0.8)
  })

  it('hears whoever presses to talk, and answers when they let go', async () => {
    await using ana = await Person.join(livekit, 'press', 'ana')
    await until(() => ana.agentState === 'listening', 'the agent listens')
    await using ben = await Person.join(livekit, 'press', 'ben')
    await until(() => ben.agentState === 'listening', 'both see it')
    const before = rehearsal.journal.sessions.length
    await ana.call('roundtable.manners', { manners: 'push-to-talk' })
    await until(() => rehearsal.journal.sessions.length > before, 'a session that takes marks')
    await until(() => ben.sees('roundtable.model') === 'up', 'it is open')
    await ben.say(question)
    expect(ben.sees('roundtable.hearing')).toBe('[]')
    await ana.call('roundtable.talk', { on: true })
    expect(JSON.parse(await ben.call('start_turn'))).toEqual({ holds: false, ahead: 1 })
    await until(() => ben.sees('roundtable.talkers') === '["ana","ben"]', 'the queue is shown')
    await ben.call('end_turn')
    await ana.say(question)
    await ana.call('roundtable.talk', { on: false })
    await until(() => ana.hears() && ben.hears(), 'the answer is heard')
    const session = rehearsal.journal.sessions.at(-1)!
    expect(sent()).toMatch(/"disabled":true[\s\S]*activityStart[\s\S]*activityEnd/)
    // Ana's words and a moment before them; nothing of Ben's.
    expect(session.summary.heardMs).toBeGreaterThan(question.ms * 0.8)
    expect(session.summary.heardMs).toBeLessThan(question.ms + 2_500)
    await ben.call('roundtable.talk', { on: true })
    await until(() => !ana.hears(3), 'pressing stops it')
  })

  it('hears what was said before it came', async () => {
    await using ana = await Person.join(livekit, 'early', 'ana')
    await until(() => ana.agentState === 'listening', 'the agent listens')
    const trackId = await ana.unmute(48_000, { preconnectBuffer: true })
    const writer = await ana.room.localParticipant!.streamBytes({
      name: 'preconnect-buffer',
      topic: 'lk.agent.pre-connect-audio-buffer',
      destinationIdentities: [ana.agents[0]!.identity],
      attributes: { trackId, sampleRate: String(question.rate), channels: '1' },
    })
    await writer.write(new Uint8Array(question.pcm.buffer.slice(0)))
    await writer.close()
    await until(
      () => ana.captions.some(({ from, isFinal }) => from === 'ana' && isFinal),
      'it is written down',
    )
    await until(() => ana.levels.some(level => level > -50), 'and answered')
    const words = ana.captions.find(({ from, isFinal }) => from === 'ana' && isFinal)!
    const seconds = Number(/\[([\d.]+) s of speech\]/.exec(words.text)?.[1])
    expect(seconds).toBeGreaterThan(question.ms / 1000 - 1.5)
  })

  it('takes another agent in the room for nobody', async () => {
    await using ana = await Person.join(livekit, 'two-agents', 'ana')
    await until(() => ana.agentState === 'listening', 'the agent listens')
    const { summary } = rehearsal.journal.sessions.at(-1)!
    await using other = await Person.join(livekit, 'two-agents', 'other-agent', { kind: 'agent' })
    await other.say(question)
    await other.type('Roundtable, answer me')
    expect(summary.turns).toBe(0)
    // Ana is still alone with it: it answers without being named.
    await ana.type('hello')
    await until(() => ana.captions.some(({ text }) => /hello/.test(text)), 'Ana is answered')
  })

  it('keeps what was said by whom, with the sound', async () => {
    const ana = await Person.join(livekit, 'kept', 'ana')
    await until(() => ana.agentState === 'listening', 'the agent listens')
    expect(ana.sees('roundtable.recording')).toBe('true')
    await until(() => ana.chat.some(({ text }) => /recorded/.test(text)), 'people are told')
    await ana.say(question)
    await until(() => ana.hears(), 'the answer is heard')
    await until(() => ana.captions.some(({ text }) => /I heard/.test(text)), 'all of it is written down')
    await until(() => ana.agentState === 'listening' && !ana.hears(), 'and has been heard')
    await ana.leave()
    const files = async () => (await readdir(join(kept, 'kept')).catch(() => [])).sort()
    let text = ''
    const read = async (ending: string) =>
      readFile(join(kept, 'kept', (await files()).find(name => name.endsWith(ending))!))
    for (let tries = 0; !/left/.test(text) && tries < 100; tries++) {
      await new Promise(resolve => setTimeout(resolve, 200))
      text = String(await read('.txt').catch(() => ''))
    }
    expect(text).toMatch(
      /Ana joined\.[\s\S]*Ana: \[[\d.]+ s of speech\][\s\S]*Roundtable: [^\n]*I heard[\s\S]*Ana left\./,
    )
    const wav = await read('.wav')
    const entries = String(await read('.jsonl'))
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    /** The level of one side around `at`, seconds. */
    const level = (side: 0 | 1, from: number, to: number) =>
      levelOf(
        Int16Array.from({ length: Math.floor((to - from) * 16_000) }, (_, i) =>
          wav.readInt16LE(44 + (Math.floor(from * 16_000) + i) * 4 + side * 2),
        ),
      )
    const said = entries.find(({ kind }) => kind === 'said')
    const answered = entries.find(({ kind }) => kind === 'answered')
    expect(level(0, said.at + 0.2, said.at + 1.2)).toBeGreaterThan(-45)
    expect(level(1, said.at, said.at + 1)).toBeLessThan(-60)
    expect(level(1, answered.at + 0.2, answered.at + 1.2)).toBeGreaterThan(-45)
    expect(level(0, answered.at + 0.3, answered.at + 1)).toBeLessThan(-60)
  })
})
