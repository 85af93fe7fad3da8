import { TokenSource } from 'livekit-client'
import { TokenVerifier } from 'livekit-server-sdk'
import { describe, expect, test } from 'vitest'
import { claims, type Served, serve } from './served.ts'

type Reply = { server_url: string; participant_token: string }

async function minted(served: Served, body: unknown, headers?: Record<string, string>) {
  const response = await served.mint(body, headers)
  expect(response.status).toBe(201)
  return claims(((await response.json()) as Reply).participant_token)
}

async function refused(served: Served, body: unknown, headers?: Record<string, string>) {
  const response = await served.mint(body, headers)
  return `${response.status} ${(await response.text()).trim()}`
}

describe('a token', () => {
  test("is answered with 201 in LiveKit's standard shape, and is not kept by a cache", async () => {
    await using served = await serve()
    const response = await served.mint({})
    expect(response.status).toBe(201)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('content-type')).toBe('application/json')
    const reply = (await response.json()) as Reply
    expect(Object.keys(reply)).toEqual(['server_url', 'participant_token'])
    expect(reply.server_url).toBe('ws://127.0.0.1:7880')
    const verifier = new TokenVerifier('testkey', 'a-secret-for-tests-of-32-characters')
    await expect(verifier.verify(reply.participant_token)).resolves.toMatchObject({ iss: 'testkey' })
  })

  test("is got by LiveKit's own TokenSource, with and without an agent's name", async () => {
    await using served = await serve({ AGENT_NAME: 'host' })
    const source = TokenSource.endpoint(`${served.web.url}/api/token`)
    expect(await source.fetch({})).toMatchObject({ serverUrl: 'ws://127.0.0.1:7880' })
    const named = await source.fetch({ participantName: 'Ana', agentName: 'host' })
    expect(claims(named.participantToken)).toMatchObject({ name: 'Ana' })
  })

  test('grants what the page needs in one room, and nothing more', async () => {
    await using served = await serve()
    const { video, ...rest } = await minted(served, { participant_name: 'Ana' })
    expect(video).toEqual({
      room: 'roundtable',
      roomJoin: true,
      canSubscribe: true,
      canPublish: true,
      canPublishData: true,
      canPublishSources: ['microphone', 'camera', 'screen_share', 'screen_share_audio'],
      canUpdateOwnMetadata: false,
    })
    expect(Object.keys(rest).sort()).toEqual(['attributes', 'exp', 'iss', 'name', 'nbf', 'roomConfig', 'sub'])
    expect(rest.roomConfig).toMatchObject({ maxParticipants: 12, agents: [] })
  })

  test('lasts ten minutes', async () => {
    await using served = await serve()
    const { exp, nbf } = await minted(served, {})
    expect(Number(exp) - Number(nbf ?? 0)).toBe(600)
  })

  test('calls the agent where rooms get it by name only', async () => {
    await using served = await serve({ AGENT_NAME: 'host' })
    const { roomConfig } = await minted(served, {})
    expect(roomConfig).toMatchObject({ agents: [{ agentName: 'host' }] })
  })

  test('carries the metadata and attributes of the guest', async () => {
    await using served = await serve()
    const wanted = { participant_metadata: 'm', participant_attributes: { seat: 'north' } }
    expect(await minted(served, wanted)).toMatchObject({ metadata: 'm', attributes: { seat: 'north' } })
  })
})

describe('the identity', () => {
  test('stays the same for the same person in the same room, and differs elsewhere', async () => {
    await using served = await serve({ ROOMS: '*' })
    const identity = async (body: object) => String((await minted(served, body)).sub)
    const ana = await identity({ participant_identity: 'nonce' })
    expect(ana).toMatch(/^p_[\w-]{12}$/)
    expect(await identity({ participant_identity: 'nonce' })).toBe(ana)
    expect(await identity({ participant_identity: 'nonce', room_name: 'other' })).not.toBe(ana)
    expect(await identity({ participant_identity: 'other' })).not.toBe(ana)
  })

  test("cannot be another's, even by sending the identity that all can see", async () => {
    await using served = await serve()
    const { sub } = await minted(served, { participant_identity: 'nonce' })
    expect((await minted(served, { participant_identity: sub })).sub).not.toBe(sub)
  })

  test('is a new one each time where none was sent', async () => {
    await using served = await serve()
    expect((await minted(served, {})).sub).not.toBe((await minted(served, {})).sub)
  })

  test('is refused when it is absurdly long', async () => {
    await using served = await serve()
    expect(await refused(served, { participant_identity: 'x'.repeat(257) })).toMatch(/^400 .*identity/)
  })
})

describe('the name', () => {
  test('is cleaned of blanks, control and bidirectional characters', async () => {
    await using served = await serve()
    expect(await minted(served, { participant_name: ' Ana\u202e \n \u0007Lima\u2066 ' })).toMatchObject({
      name: 'Ana Lima',
    })
    expect(await minted(served, {})).toMatchObject({ name: 'Guest' })
  })

  test.each(['\u202e\u200b', '   ', 'x'.repeat(41)])('is refused as %j', async name => {
    await using served = await serve()
    expect(await refused(served, { participant_name: name })).toMatch(/^400 participant_name/)
  })

  test('gets a number where somebody in the room goes by it already', async () => {
    await using served = await serve()
    served.inside.occupants = [
      { identity: 'p_1', name: 'Ana', isGuest: true },
      { identity: 'agent', name: 'Agent', isGuest: false },
    ]
    expect(await minted(served, { participant_name: 'ana' })).toMatchObject({ name: 'ana 2' })
    expect(await minted(served, { participant_name: 'Agent' })).toMatchObject({ name: 'Agent 2' })
  })

  test('gets a number where two ask at once, and not after a reload', async () => {
    await using served = await serve()
    const ana = { participant_name: 'Ana', participant_identity: 'a' }
    expect(await minted(served, ana)).toMatchObject({ name: 'Ana' })
    expect(await minted(served, { ...ana, participant_identity: 'b' })).toMatchObject({ name: 'Ana 2' })
    expect(await minted(served, ana)).toMatchObject({ name: 'Ana' })
    served.pass(5000)
    expect(await minted(served, { ...ana, participant_identity: 'c' })).toMatchObject({ name: 'Ana' })
  })
})

describe('the room', () => {
  test('is the default one where none is named, and one of those configured', async () => {
    await using served = await serve({ ROOM: 'kitchen', ROOMS: 'garden' })
    expect((await minted(served, {})).video.room).toBe('kitchen')
    expect((await minted(served, { room_name: 'garden' })).video.room).toBe('garden')
    expect(await refused(served, { room_name: 'cellar' })).toBe('403 There is no such room here.')
  })

  test('is any with ROOMS=*, as long as its name is well formed', async () => {
    await using served = await serve({ ROOMS: '*' })
    expect((await minted(served, { room_name: 'küche.2' })).video.room).toBe('küche.2')
    for (const name of ['../etc', '.hidden', 'a b', 'x'.repeat(65), '<b>'])
      expect(await refused(served, { room_name: name })).toMatch(/^400 room_name/)
  })

  test('is full at MAX_PARTICIPANTS people; the agent and oneself take no seat', async () => {
    await using served = await serve({ MAX_PARTICIPANTS: '2' })
    const ana = await minted(served, { participant_identity: 'a' })
    const seat = (identity: string, isGuest = true) => ({ identity, name: identity, isGuest })
    served.inside.occupants = [seat(String(ana.sub)), seat('p_ben'), seat('agent', false)]
    expect(await refused(served, {})).toBe('409 The room is full: it takes 2 people.')
    await minted(served, { participant_identity: 'a' })
  })

  test('is joined, and a warning logged, when LiveKit does not say who is inside', async () => {
    await using served = await serve()
    served.inside.occupants = new Error('fetch failed')
    await minted(served, {})
    expect(served.logged()).toContain('cannot list the people in a room')
  })
})

describe('what a guest may not set', () => {
  test.each([
    [{ room_config: { egress: { room: {} } } }, '400 room_config.egress'],
    [{ room_config: { maxParticipants: 99 } }, '400 room_config.maxParticipants'],
    [{ room_config: { agents: [{ agent_name: 'another' }] } }, '400 room_config.agents names'],
    [
      { room_config: { agents: [{ agent_name: '', metadata: '{"voice":"Puck"}' }] } },
      '400 room_config.agents[].metadata',
    ],
    [{ room_config: { agents: [{ deployment: 'x' }] } }, '400 room_config.agents[].deployment'],
    [{ room_config: { agents: {} } }, '400 room_config.agents is no list'],
    [{ room_config: 'x' }, '400 room_config is no JSON object'],
    [
      { participant_attributes: { 'lk.agent.state': 'speaking' } },
      '403 participant_attributes: lk.agent.state',
    ],
    [{ participant_attributes: { 'LK.x': '' } }, '403 participant_attributes: LK.x'],
    [{ participant_attributes: { floor: 'p_1' } }, '403 participant_attributes: floor'],
    [
      { participant_attributes: { 'roundtable.model': 'up' } },
      '403 participant_attributes: roundtable.model',
    ],
    [{ participant_attributes: { a: 1 } }, '400 participant_attributes takes text'],
    [{ participant_attributes: { a: 'x'.repeat(1024) } }, '400 participant_attributes are larger'],
    [{ participant_metadata: 'é'.repeat(513) }, '400 participant_metadata is larger'],
    [{ participant_name: 7 }, '400 participant_name is no text'],
    [{ grants: { roomAdmin: true } }, '400 grants is not a field'],
    [[], '400 The request is no JSON object'],
    [null, '400 The request is no JSON object'],
  ])('%j is refused', async (body, sentence) => {
    await using served = await serve()
    expect((await refused(served, body)).startsWith(sentence)).toBe(true)
  })

  test('naming our own agent is accepted, and orders nothing', async () => {
    await using served = await serve({ AGENT_NAME: 'host' })
    await minted(served, { room_config: { agents: [{ agent_name: 'host' }] } })
    await minted(served, { room_config: {} })
  })
})

describe('the request', () => {
  test('must be JSON, declared as such, of 8 kB at most, by POST', async () => {
    await using served = await serve()
    const url = `${served.web.url}/api/token`
    const status = async (init: RequestInit) => (await fetch(url, init)).status
    const headers = { 'content-type': 'application/json' }
    expect(await status({ method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } })).toBe(415)
    expect(await status({ method: 'POST' })).toBe(415)
    expect(await status({ method: 'POST', body: '{', headers })).toBe(400)
    expect(await status({ method: 'POST', body: '', headers })).toBe(400)
    expect(await status({ method: 'POST', body: `{"a":"${'x'.repeat(9000)}"}`, headers })).toBe(413)
    const got = await fetch(url)
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST'])
  })

  test('is answered ten times a minute for one address, whatever it claims about itself', async () => {
    await using served = await serve({}, 10)
    for (let time = 0; time < 10; time++) await minted(served, {})
    const response = await served.mint({}, { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' })
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '60'])
    served.pass(60_000)
    await minted(served, {})
  })

  test('is counted for each guest behind a trusted proxy, and not for what a guest adds', async () => {
    await using served = await serve({ TRUSTED_PROXY: '127.0.0.1' }, 1)
    const status = async (forwarded: string) =>
      (await served.mint({}, { 'x-forwarded-for': forwarded })).status
    expect(await status('203.0.113.9')).toBe(201)
    expect(await status('198.51.100.1')).toBe(201)
    expect(await status('192.0.2.77, 203.0.113.9')).toBe(429)
  })
})

describe('the invite code', () => {
  const open = { HOST: '127.0.0.1', INVITE_CODE: 'correct horse'.replace(' ', '-') }

  test('is needed where one is set', async () => {
    await using served = await serve(open)
    expect(await refused(served, {})).toMatch(/^401 This room needs an invite/)
    expect(await refused(served, {}, { 'x-invite': 'wrong' })).toMatch(/^401/)
    await minted(served, {}, { 'x-invite': 'correct-horse' })
  })

  test('cannot be guessed at leisure: wrong codes count as tries', async () => {
    await using served = await serve(open, 2)
    expect(await refused(served, {}, { 'x-invite': 'a' })).toMatch(/^401/)
    expect(await refused(served, {}, { 'x-invite': 'b' })).toMatch(/^401/)
    expect(await refused(served, {}, { 'x-invite': 'correct-horse' })).toMatch(/^429/)
  })

  test('is in the link, behind the #, which no browser sends to a server', async () => {
    await using served = await serve(open)
    expect(served.web.link).toBe(`${served.web.url}/r/roundtable#k=correct-horse`)
  })
})

describe('a page of another origin', () => {
  const preflight = (served: Served, origin: string) =>
    fetch(`${served.web.url}/api/token`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    })

  test('may ask from localhost, on any port, while only this machine is served', async () => {
    await using served = await serve()
    const response = await preflight(served, 'http://localhost:3000')
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-origin')).toBe('http://localhost:3000')
    expect(response.headers.get('access-control-allow-headers')).toContain('x-invite')
    const asked = await served.mint({ participant_name: 4 }, { origin: 'http://localhost:3000' })
    expect(asked.headers.get('access-control-allow-origin')).toBe('http://localhost:3000')
  })

  test('may ask when WEB_ORIGINS lists it', async () => {
    await using served = await serve({ WEB_ORIGINS: 'https://our.example' })
    expect((await preflight(served, 'https://our.example')).status).toBe(204)
    await minted(served, {}, { origin: 'https://our.example' })
  })

  test.each(['https://evil.example', 'http://localhost.evil.example', 'null'])(
    'may not from %s',
    async origin => {
      await using served = await serve()
      const response = await preflight(served, origin)
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([403, null])
      expect(await refused(served, {}, { origin })).toMatch(/^403/)
    },
  )
})

test('neither the secret nor a token nor the invite code is ever logged', async () => {
  await using served = await serve({ INVITE_CODE: 'correct-horse' })
  served.inside.occupants = new Error('fetch failed')
  const response = await served.mint({ participant_name: 'Ana' }, { 'x-invite': 'correct-horse' })
  const { participant_token: token } = (await response.json()) as Reply
  await served.mint({}, { 'x-invite': 'wrong-horse' })
  for (const secret of [token, 'correct-horse', 'wrong-horse', served.config.livekit.apiSecret])
    expect(served.logged()).not.toContain(secret)
  expect(served.logged()).not.toBe('')
})
