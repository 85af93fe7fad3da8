import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { readWav } from '../../../agent/rehearsal/voice/sound.ts'
import { connect, isTurnComplete, sendSound, silence, soundOf, tone, wordsOf } from './client.ts'
import { stage } from './contract/stage.ts'

const on = stage()
const at = (path: string) => `${on.url}/_rehearsal/${path}`
const get = async <T>(path: string) => (await (await fetch(at(path))).json()) as T

describe('the control', () => {
  it('tells its health, its models and its scenario', async () => {
    expect(await get('health')).toEqual({ ok: true, sessions: 0 })
    expect(await get('info')).toMatchObject({
      models: expect.arrayContaining([expect.objectContaining({ id: 'gemini-3.8-live' })]),
    })
    expect(await get('scenario')).toEqual({})
  })

  it('shows what a session received and sent, as messages and as sound', async () => {
    await using client = await connect(on.url)
    const said = tone(500)
    sendSound(client.session, said)
    sendSound(client.session, silence(600))
    await client.until(isTurnComplete)
    const { summary, entries } = await get<{ summary: { id: string }; entries: { number: number }[] }>(
      'sessions/latest',
    )
    expect(summary).toMatchObject({ heardMs: 1_100, turns: 1, model: 'gemini-3.8-live' })
    const later = await get<{ entries: { number: number }[] }>(
      `sessions/${summary.id}?after=${entries[10]!.number}`,
    )
    expect(later.entries).toEqual(entries.slice(11))
    const heard = readWav(Buffer.from(await (await fetch(at('sessions/latest/heard.wav'))).arrayBuffer()))
    expect(heard.rate).toBe(16_000)
    expect(heard.pcm.subarray(0, said.length)).toEqual(said)
    const spoken = readWav(Buffer.from(await (await fetch(at('sessions/latest/spoken.wav'))).arrayBuffer()))
    expect(spoken).toEqual({ rate: 24_000, pcm: soundOf(client.messages) })
    const lines = (await (await fetch(at('sessions/latest/journal.jsonl'))).text()).trim().split('\n')
    expect(lines.map(line => JSON.parse(line) as object)).toHaveLength(entries.length)
    expect(lines[0]).toContain('"setup"')
  })

  it('loads a scenario, which holds for the sessions that begin afterwards, and forgets it', async () => {
    const put = await fetch(at('scenario'), {
      method: 'PUT',
      body: JSON.stringify({ turns: [{ does: [{ say: 'Scripted.' }] }] }),
    })
    expect(put.status).toBe(200)
    await using client = await connect(on.url, { outputAudioTranscription: {} })
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isTurnComplete)
    expect(wordsOf(client.messages)).toBe('Scripted.')
    await fetch(at('scenario'), { method: 'DELETE' })
    expect(await get('scenario')).toEqual({})
  })

  it.each([
    ['{"turns": [{"do": []}]}', 'Unknown name "do" at \'turns[0]\''],
    ['{"turns": [{"matches": "("}]}', "'turns[0].matches' (a regular expression)"],
    ['{"behaviour": {"framing": 3}}', "'behaviour.framing' (a string)"],
    ['{"behaviour": {"pace": 3}}', 'Unknown name "pace" at \'behaviour\''],
    ['{"behaviour": {"pacing": {"speed": "fast"}}}', "'behaviour.pacing.speed' (a number)"],
    ['{"faults": [{"fault": "EXPLODE"}]}', "'faults[0].fault'"],
    ['{"timeScale": 0}', 'above 0'],
    ['{', 'JSON'],
  ])('says what is wrong with the scenario %s', async (body, words) => {
    const response = await fetch(at('scenario'), { method: 'PUT', body })
    expect(response.status).toBe(400)
    expect(JSON.stringify(await response.json())).toContain(JSON.stringify(words).slice(1, -1))
  })

  it('does a fault to a living session', async () => {
    await using client = await connect(on.url)
    const response = await fetch(at('sessions/latest/fault'), {
      method: 'POST',
      body: '{"fault": "CLOSE", "code": 1011, "reason": "By hand."}',
    })
    expect(response.status).toBe(200)
    expect(await client.closed).toEqual({ code: 1011, reason: 'By hand.' })
    await expect
      .poll(
        async () =>
          (await fetch(at('sessions/latest/fault'), { method: 'POST', body: '{"fault": "CUT"}' })).status,
      )
      .toBe(404)
  })

  it('forgets everything that is over', async () => {
    await (await connect(on.url))[Symbol.asyncDispose]()
    await expect
      .poll(async () =>
        (await get<{ closed: object | null }[]>('sessions')).every(({ closed }) => closed !== null),
      )
      .toBe(true)
    await fetch(at('reset'), { method: 'POST' })
    expect(await get('sessions')).toEqual([])
  })

  it.each([
    ['GET', 'sessions/none', 404],
    ['GET', 'nothing', 404],
    ['GET', 'sessions/latest/secret.wav', 404],
    ['POST', 'sessions/latest/other', 405],
  ])('%s %s is %i', async (method, path, status) => {
    await using _ = await connect(on.url)
    expect((await fetch(at(path), { method })).status).toBe(status)
  })

  it.each([
    ['a page of somebody else', { origin: 'https://example.com' }],
    ["a name of somebody's making", { host: 'rehearsal.example.com' }],
  ])('is refused to %s', async (_, headers) => {
    const status = await new Promise(resolve =>
      request(at('sessions'), { headers }, response => resolve(response.statusCode)).end(),
    )
    expect(status).toBe(403)
  })

  it('has a page', async () => {
    const response = await fetch(`${on.url}/_rehearsal`)
    expect(response.url).toBe(at(''))
    expect(await response.text()).toContain('<title>Rehearsal</title>')
  })
})

describe('everything else', () => {
  it('says what this is, and what it is not', async () => {
    expect(await (await fetch(on.url)).text()).toContain('This is a rehearsal')
    const response = await fetch(`${on.url}/v1beta/models/gemini-3.8-live:generateContent`, {
      method: 'POST',
      body: '{}',
    })
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } })
  })
})
