import type { LocalParticipant } from '@livekit/rtc-node'
import { beforeEach, describe, expect, it } from 'vitest'
import { Log } from '../../../agent/log.ts'
import { RoomText } from '../../../agent/room/text.ts'

type Opened = { streamId?: string; senderIdentity?: string; attributes?: Record<string, string> }
type Packet = {
  participantIdentity: string
  trackSid: string
  segments: { id: string; text: string; final: boolean }[]
}

/** An agent that keeps what it would send. */
class Agent {
  readonly identity = 'agent'
  readonly sent: (Opened & { text: string; isOpen: boolean })[] = []
  readonly packets: Packet[] = []
  async streamText(options: Opened) {
    const isTaken = this.sent.some(({ streamId, isOpen }) => isOpen && streamId === options.streamId)
    if (isTaken) throw new Error('a stream of this id is open')
    const stream = { ...options, text: '', isOpen: true }
    this.sent.push(stream)
    return {
      write: async (text: string) => {
        stream.text += text
      },
      close: async () => {
        stream.isOpen = false
      },
    }
  }
  async publishTranscription(packet: Packet) {
    this.packets.push(packet)
  }
}

describe('captions', () => {
  let agent: Agent
  let text: RoomText
  beforeEach(() => {
    agent = new Agent()
    text = new RoomText(agent as unknown as LocalParticipant, new Log({}, 'error', () => {}))
  })

  it('of what a person said are one stream after the other, of the same id and in their name', async () => {
    text.heard('ana', 'S1', 'TR_a', 'Where', false)
    text.heard('ana', 'S1', 'TR_a', 'Where is it?', true)
    await text.settled()
    expect(agent.sent).toMatchObject([
      { streamId: 'S1', senderIdentity: 'ana', text: 'Where', isOpen: false },
      { streamId: 'S1', senderIdentity: 'ana', text: 'Where is it?', isOpen: false },
    ])
    expect(agent.sent.map(({ attributes }) => attributes)).toEqual([
      { 'lk.segment_id': 'S1', 'lk.transcription_final': 'false', 'lk.transcribed_track_id': 'TR_a' },
      { 'lk.segment_id': 'S1', 'lk.transcription_final': 'true', 'lk.transcribed_track_id': 'TR_a' },
    ])
  })

  it('of words that turn out to be somebody else’s are taken back', async () => {
    text.heard('ana', 'S1', 'TR_a', 'Where', false)
    text.heard('ana', 'S1', 'TR_a', '', true)
    await text.settled()
    // Hooks that add up pieces learn of no change from a stream without any.
    expect(agent.sent.map(({ text }) => text)).toEqual(['Where', ' '])
    expect(agent.packets.at(-1)?.segments[0]).toMatchObject({ id: 'S1', text: '', final: true })
  })

  it('of the agent are one stream, and another of the same id when it was talked over', async () => {
    const caption = text.speak('S2', 'TR_v')
    caption.write('It is ')
    caption.write('over there.')
    caption.cut('It is')
    await text.settled()
    expect(agent.sent).toMatchObject([
      { streamId: 'S2', text: 'It is over there.', isOpen: false },
      { streamId: 'S2', text: 'It is', isOpen: false, attributes: { 'lk.interrupted': 'true' } },
    ])
  })

  it('go out as the packets that came before streams as well, where the track is known', async () => {
    text.heard('ana', 'S1', '', 'Where?', true)
    text.heard('ana', 'S3', 'TR_a', 'There?', true)
    const caption = text.speak('S4', 'TR_v')
    caption.write('Yes.')
    caption.close()
    await text.settled()
    const { packets } = agent
    expect(packets.map(({ participantIdentity, trackSid }) => `${participantIdentity} ${trackSid}`)).toEqual([
      'ana TR_a',
      'agent TR_v',
      'agent TR_v',
    ])
    expect(packets.map(({ segments: [segment] }) => [segment?.id, segment?.text, segment?.final])).toEqual([
      ['S3', 'There?', true],
      ['S4', 'Yes.', false],
      ['S4', 'Yes.', true],
    ])
  })
})
