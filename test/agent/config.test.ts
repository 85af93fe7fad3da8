import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isLoopback, readConfig } from '../../agent/config.ts'
import { ConfigError, type Problem } from '../../agent/errors.ts'

type Variables = Record<string, string>

function problems(env: Variables, readText?: (path: string) => string | undefined): readonly Problem[] {
  try {
    readConfig(env, readText)
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.problems
    throw thrown
  }
  return []
}

const settings = (env: Variables) => problems(env).map(problem => problem.setting)

describe('nothing set', () => {
  test('is a local LiveKit, a rehearsal of ours, and a page on loopback', () => {
    const { livekit, gemini, web, agentName } = readConfig({})
    expect(livekit).toEqual({
      url: 'ws://127.0.0.1:7880',
      apiKey: 'devkey',
      apiSecret: 'secret',
      isLocal: true,
    })
    expect(gemini).toEqual({ at: 'rehearsal', baseUrl: 'http://127.0.0.1:8790', isOurs: true })
    expect(web).toMatchObject({ host: '127.0.0.1', port: 8080, room: 'roundtable', rooms: ['roundtable'] })
    expect(agentName).toBe('')
  })

  test('is what empty values are too', () => {
    const empty = { LIVEKIT_URL: '', GEMINI_API_KEY: ' ', PORT: '', MODEL: '', THINKING: '', INVITE_CODE: '' }
    expect(readConfig(empty)).toEqual(readConfig({}))
  })

  test('cannot be changed afterwards', () => {
    const config = readConfig({})
    expect(() => Object.assign(config, { agentName: 'other' })).toThrow(TypeError)
  })
})

describe('many bad values', () => {
  const env = {
    LIVEKIT_URL: 'localhost:7880',
    GOOGLE_GEMINI_BASE_URL: 'ftp://example.org',
    PORT: '70000',
    HEALTH_PORT: 'eighty',
    MODEL: 'gemini-2.0-flash-live-001',
    VOICE: 'Darth',
    MEDIA_RESOLUTION: 'ultra',
    AGENT_NAME: 'a b',
    ROOM: '../etc',
    HOST: '0.0.0.0',
    MAX_PARTICIPANTS: '0',
    LOG_LEVEL: 'loud',
  }

  test('are all told in one go', () => {
    const expected = Object.keys(env).filter(name => name !== 'HOST')
    expect(settings(env).sort()).toEqual([...expected, 'INVITE_CODE'].sort())
  })

  test('each name their setting, the value and what is accepted', () => {
    for (const { what } of problems(env)) expect(what).toMatch(/use|choose|is needed/)
    const byName = Object.fromEntries(problems(env).map(({ setting, what }) => [setting, what]))
    expect(byName.PORT).toContain('"70000"')
    expect(byName.PORT).toContain('0 to 65535')
    expect(byName.MODEL).toContain('gemini-3.8-live')
    expect(byName.VOICE).toContain('Zephyr')
  })

  test('are one line each in the message', () => {
    expect(new ConfigError(problems(env)).message.split('\n')).toHaveLength(problems(env).length)
  })
})

describe('secrets', () => {
  test('never show in a message about them', () => {
    const env = {
      LIVEKIT_URL: 'ws://localhost:7880',
      LIVEKIT_API_KEY: 'devkey',
      LIVEKIT_API_SECRET: 'live kit hush',
      GEMINI_API_KEY: 'gemini\nhush',
      INVITE_CODE: 'hush hush hush',
    }
    expect(settings(env).sort()).toEqual(['GEMINI_API_KEY', 'INVITE_CODE', 'LIVEKIT_API_SECRET'])
    expect(new ConfigError(problems(env)).message).not.toContain('hush')
  })

  test('may have a newline at their end, as pasted ones do', () => {
    expect(readConfig({ GEMINI_API_KEY: 'abc\n' }).gemini).toEqual({ at: 'developer', apiKey: 'abc' })
  })
})

describe('LiveKit', () => {
  test('elsewhere needs a key and a secret', () => {
    expect(settings({ LIVEKIT_URL: 'wss://example.livekit.cloud' })).toEqual([
      'LIVEKIT_API_KEY',
      'LIVEKIT_API_SECRET',
    ])
  })

  test.each([
    ['https://example.livekit.cloud/', 'wss://example.livekit.cloud'],
    ['http://127.0.0.1:7880', 'ws://127.0.0.1:7880'],
    ['ws://127.0.0.1:7880', 'ws://127.0.0.1:7880'],
  ])('at %s is reached by %s', (LIVEKIT_URL, url) => {
    const { livekit } = readConfig({ LIVEKIT_URL, LIVEKIT_API_KEY: 'k', LIVEKIT_API_SECRET: 's' })
    expect(livekit).toEqual({ url, apiKey: 'k', apiSecret: 's', isLocal: false })
  })

  test('on this machine may have a key and a secret of its own', () => {
    const { livekit } = readConfig({ LIVEKIT_API_KEY: 'k', LIVEKIT_API_SECRET: 's' })
    expect(livekit).toMatchObject({ apiKey: 'k', apiSecret: 's', isLocal: true })
  })
})

describe('Gemini', () => {
  test('takes either name of the key, and GOOGLE_API_KEY of both', () => {
    expect(readConfig({ GEMINI_API_KEY: 'a' }).gemini).toEqual({ at: 'developer', apiKey: 'a' })
    expect(readConfig({ GOOGLE_API_KEY: 'b', GEMINI_API_KEY: 'a' }).gemini).toMatchObject({ apiKey: 'b' })
  })

  test('at another address without a key is a rehearsal that is not ours', () => {
    expect(readConfig({ GOOGLE_GEMINI_BASE_URL: 'http://localhost:1234/' }).gemini).toEqual({
      at: 'rehearsal',
      baseUrl: 'http://localhost:1234',
      isOurs: false,
    })
  })

  test('on Vertex AI needs a project, and no key', () => {
    expect(settings({ GOOGLE_GENAI_USE_VERTEXAI: 'true' })).toEqual(['GOOGLE_CLOUD_PROJECT'])
    const { gemini } = readConfig({ GOOGLE_GENAI_USE_VERTEXAI: '1', GOOGLE_CLOUD_PROJECT: 'p' })
    expect(gemini).toEqual({ at: 'vertex', project: 'p', location: 'global' })
  })
})

describe('the page', () => {
  test('that a proxy shows to others needs an invite code too', () => {
    expect(settings({ PUBLIC_URL: 'https://example.org' })).toEqual(['INVITE_CODE'])
    expect(settings({ PUBLIC_URL: 'http://localhost:9000/table' })).toEqual([])
    expect(settings({ PUBLIC_URL: 'example.org' })).toEqual(['PUBLIC_URL'])
  })

  test.each(['proxy.example', '10.0.0.0/33', '::1/129', '10.0.0.0/8/8', '127.0.0.1/x'])(
    'trusts no proxy called %s',
    proxy => expect(settings({ TRUSTED_PROXY: proxy })).toEqual(['TRUSTED_PROXY']),
  )

  test('trusts proxies by address and by network', () => {
    const listed = ['127.0.0.1', '10.0.0.0/8', '::1', '2001:db8::/32']
    expect(readConfig({ TRUSTED_PROXY: listed.join(', ') }).web.trustedProxies).toEqual(listed)
  })

  test('beyond this machine needs an invite code of some length', () => {
    expect(settings({ HOST: '0.0.0.0' })).toEqual(['INVITE_CODE'])
    expect(settings({ HOST: '0.0.0.0', INVITE_CODE: 'short' })).toEqual(['INVITE_CODE'])
    expect(settings({ HOST: '0.0.0.0', INVITE_CODE: 'long enough'.replace(' ', '-') })).toEqual([])
  })

  test('lets guests into the rooms of the list, its own among them, or into all', () => {
    expect(readConfig({ ROOMS: 'a, b,,a', ROOM: 'c' }).web.rooms).toEqual(['c', 'a', 'b'])
    expect(readConfig({ ROOMS: 'a,*' }).web.rooms).toBe('*')
  })

  test.each(['localhost', '127.0.0.1', '127.1.2.3', '::1', '[::1]'])('on %s is on loopback', host => {
    expect(isLoopback(host)).toBe(true)
  })
  test.each(['0.0.0.0', '::', '192.168.1.2', 'example.org', '127.0.0.1.example.org'])(
    'on %s is not',
    host => {
      expect(isLoopback(host)).toBe(false)
    },
  )
})

describe('what npm start needs', () => {
  test('the cache is where this machine keeps caches, and never in the repository', () => {
    expect(readConfig({ XDG_CACHE_HOME: '/somewhere' }).start.cacheDir).toBe(join('/somewhere', 'roundtable'))
    expect(readConfig({}).start.cacheDir).not.toContain(join(import.meta.dirname, '..', '..'))
  })

  test('a port of 0 is any free one', () => {
    const { healthPort, rehearsalPort, web } = readConfig({
      PORT: '0',
      HEALTH_PORT: '0',
      REHEARSAL_PORT: '0',
    })
    expect([healthPort, rehearsalPort, web.port]).toEqual([0, 0, 0])
  })

  test('npm is noticed by the variable that it sets', () => {
    expect(readConfig({ npm_lifecycle_event: 'start' }).start.isUnderNpm).toBe(true)
    expect(readConfig({}).start.isUnderNpm).toBe(false)
  })
})

describe('talking to the Live API directly', () => {
  const isDirect = (env: Variables) => readConfig(env).web.isDirect

  test('is possible as long as the page is for this machine alone, or where it is wished for', () => {
    expect(isDirect({})).toBe(true)
    expect(isDirect({ DIRECT: 'false' })).toBe(false)
    for (const open of [
      { INVITE_CODE: 'correct-horse' },
      { HOST: '0.0.0.0', INVITE_CODE: 'correct-horse' },
      { WEB_ORIGINS: 'https://our.example' },
      { PUBLIC_URL: 'https://our.example', INVITE_CODE: 'correct-horse' },
    ]) {
      expect(isDirect(open)).toBe(false)
      expect(isDirect({ ...open, DIRECT: 'true' })).toBe(true)
    }
  })

  test('is not possible on Vertex AI, which has no tokens for browsers', () => {
    const vertex = { GOOGLE_GENAI_USE_VERTEXAI: 'true', GOOGLE_CLOUD_PROJECT: 'p' }
    expect(isDirect(vertex)).toBe(false)
    expect(settings({ ...vertex, DIRECT: 'true' })).toEqual(['DIRECT'])
  })
})

describe('what it sees', () => {
  test('is everybody, unless it is to be something else', () => {
    expect(readConfig({}).video).toBe('grid')
    for (const video of ['grid', 'speaker', 'screen', 'off'] as const)
      expect(readConfig({ VIDEO: video }).video).toBe(video)
  })

  test('cannot be something that nobody knows', () => {
    for (const VIDEO of ['wide', 'on', 'grid,screen']) {
      expect(settings({ VIDEO })).toEqual(['VIDEO'])
      expect(() => readConfig({ VIDEO })).toThrow(/VIDEO[\s\S]*grid, speaker, screen(,| or) off/)
    }
  })
})

describe('the manners', () => {
  test('are open, under no other name, with a roster, and nothing is kept', () => {
    const { manners, recordDir, live } = readConfig({})
    expect(manners).toEqual({ first: 'open', aliases: [], hasRoster: true })
    expect(recordDir).toBeUndefined()
    expect(live.turns).toBe('by itself')
  })

  test('may be others; the session takes marks where people press to talk', () => {
    const { manners, live } = readConfig({ MANNERS: 'push-to-talk', ALIASES: 'Robin, Bob', ROSTER: 'off' })
    expect(manners).toEqual({ first: 'push-to-talk', aliases: ['Robin', 'Bob'], hasRoster: false })
    expect(live.turns).toBe('by marks')
  })

  test('that nobody knows are a problem', () => {
    expect(settings({ MANNERS: 'rude', ROSTER: 'maybe' })).toEqual(['MANNERS', 'ROSTER'])
  })
})
