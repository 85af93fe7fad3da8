import { describe, expect, it } from 'vitest'
import { type Config, readConfig } from '../../agent/config.ts'
import { roomConfig } from '../../agent/room-config.ts'

const base = readConfig({ VOICE: 'Puck', INSTRUCTIONS: 'Be kind.', GEMINI_API_KEY: 'secret-key' })

function read(metadata: unknown, config: Config = base) {
  const problems: string[] = []
  const text = typeof metadata === 'string' ? metadata : JSON.stringify(metadata)
  const room = roomConfig(config, text, ['set_timer', 'add_note'], problem => problems.push(problem))
  return { room, problems }
}

describe('the metadata of a dispatch', () => {
  it('may be empty', () => {
    expect(read('')).toEqual({ room: base, problems: [] })
    expect(read({})).toMatchObject({ room: { live: { voice: 'Puck' } }, problems: [] })
  })

  it('is laid over what the process has', () => {
    const { room, problems } = read({
      voice: 'kore',
      thinking: 'low',
      model: 'gemini-3.1-flash-live-preview',
      manners: 'addressed',
      aliases: ['Cook'],
      video: 'screen',
      tools: ['set_timer'],
    })
    expect(problems).toEqual([])
    expect(room).toMatchObject({
      live: {
        model: 'gemini-3.1-flash-live-preview',
        voice: 'Kore',
        instructions: 'Be kind.',
        thinking: { level: 'LOW' },
        wish: { tools: ['set_timer'] },
      },
      manners: { first: 'addressed', aliases: ['Cook'] },
      video: 'screen',
    })
    expect(room.gemini).toBe(base.gemini)
    expect(room.livekit).toBe(base.livekit)
  })

  it.each([
    ['open', { manners: 'push-to-talk' }, 'by marks'],
    ['push-to-talk', { voice: 'Kore' }, 'by marks'],
    ['push-to-talk', { manners: 'addressed' }, 'by itself'],
  ] as const)('on %s, %j, opens a session whose turns are found %s', (MANNERS, metadata, turns) => {
    expect(read(metadata, readConfig({ MANNERS })).room.live.turns).toBe(turns)
  })

  it('may be one of several things that others keep there', () => {
    const { room, problems } = read({ orderId: 7, roundtable: { voice: 'Kore' } })
    expect(problems).toEqual([])
    expect(room.live.voice).toBe('Kore')
  })

  it.each([
    ['hello', /^is no JSON \(SyntaxError\); it may be an object of model, voice,/],
    ['["voice"]', /^is JSON, but no object of/],
    ['"voice"', /^is JSON, but no object of/],
    ['null', /^is JSON, but no object of/],
    [JSON.stringify({ instructions: 'x'.repeat(40_000) }), /^is \d+ characters long; it may have 32000$/],
  ])('that is %.20s is told in a sentence, and everything stays as it is', (metadata, sentence) => {
    const { room, problems } = read(metadata)
    expect(problems).toEqual([expect.stringMatching(sentence)])
    expect(room).toBe(base)
  })

  it.each([
    [
      { apiKey: 'x' },
      /^apiKey is no setting of a room; there are model, voice, .*, manners, aliases, video$/,
    ],
    [{ GEMINI_API_KEY: 'x' }, /^GEMINI_API_KEY is no setting of a room/],
    [{ baseUrl: 'http://evil' }, /^baseUrl is no setting of a room/],
    [{ mcp: './mcp.json' }, /^mcp is no setting of a room/],
    [{ constructor: 'x' }, /^constructor is no setting of a room/],
    [{ instructions: '/etc/passwd' }, /^instructions names a file; here it is a text$/],
    [{ instructions: './secrets.txt' }, /^instructions names a file; here it is a text$/],
    [{ tools: ['./mine.ts'] }, /^tools has "\.\/mine\.ts"; there are set_timer, add_note$/],
    [{ voice: 'Darth' }, /^voice is "Darth"; use one of Zephyr/],
    [{ voice: { a: 1 } }, /^voice is \{"a":1\}; use one of/],
    [{ temperature: 7 }, /^temperature is 7; use a number from 0 to 2$/],
    [{ thinking: 'low' }, /^thinking is set, but gemini-3\.8-live takes no thinking setting/],
    [
      { model: 'gemini-2.0-flash-live-001' },
      /^model is gemini-2\.0-flash-live-001, which Google has shut down/,
    ],
    [{ manners: 'rude' }, /^manners is "rude"; use one of open, addressed, push-to-talk$/],
    [{ aliases: 'Cook' }, /^aliases is no list of up to 20 names$/],
    [{ video: 1 }, /^video is 1; use one of/],
  ])('%j is refused in a sentence, and the rest of it stands', (given, sentence) => {
    const { room, problems } = read({ ...given, language: 'German' })
    expect(problems).toEqual([expect.stringMatching(sentence)])
    expect(room.live.language).toBe('German')
    expect(room.live.instructions).toBe('Be kind.')
    expect(problems.join()).not.toContain('secret-key')
  })
})
