import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../agent/clock.ts'
import { readConfig } from '../../../agent/config.ts'
import { directOrigin, mintLiveToken } from '../../../agent/live/token.ts'

type Asked = { path: string; key: string; body: Record<string, unknown> }

/** Where tokens are made, by the answer that each version of the API gives. */
async function startMint(answers: Record<string, { status: number; body: unknown }>) {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const part of request) text += part
    const path = (request.url ?? '').replace(/\/+/g, '/')
    asked.push({ path, key: String(request.headers['x-goog-api-key']), body: JSON.parse(text) })
    const { status, body } = answers[path.split('/')[1] ?? ''] ?? { status: 404, body: {} }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { live } = readConfig({})
  const gemini = { at: 'developer', apiKey: 'AIza-key', baseUrl: `http://127.0.0.1:${port}` } as const
  return {
    asked,
    mint: () => mintLiveToken(gemini, live, systemClock),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

const made = { status: 200, body: { name: 'auth_tokens/one' } }
const refused = (status: number, message: string) => ({ status, body: { error: { code: status, message } } })

describe('an ephemeral token', () => {
  it('is asked for with the whole setup locked: no mask leaves anything to the browser', async () => {
    await using server = await startMint({ v1beta: made })
    const { url, token } = await server.mint()
    expect(token).toBe('auth_tokens/one')
    expect(url).toMatch(/^ws:.*\.v1beta\.GenerativeService\.BidiGenerateContentConstrained$/)
    const [{ path, key, body } = {} as Asked] = server.asked
    expect([path, key]).toEqual(['/v1beta/auth_tokens', 'AIza-key'])
    expect(body).toMatchObject({ uses: 1, bidiGenerateContentSetup: { model: 'models/gemini-3.8-live' } })
    expect(body).not.toHaveProperty('fieldMask')
  })

  it('is taken from whichever version of the API has them', async () => {
    await using server = await startMint({ v1alpha: made })
    const { url } = await server.mint()
    expect(server.asked.map(({ path }) => path)).toEqual(['/v1beta/auth_tokens', '/v1alpha/auth_tokens'])
    expect(url).toContain('.v1alpha.')
  })

  it.each([
    [refused(400, 'API key not valid. Please pass a valid API key.'), 'key'],
    [refused(403, 'Permission denied'), 'key'],
    [refused(400, 'Request contains an invalid argument.'), 'setup'],
  ])('that is refused with %j is an error of kind %s, without the key in it', async (answer, kind) => {
    await using server = await startMint({ v1beta: answer })
    const error = await server.mint().then(
      () => undefined,
      (thrown: Error) => thrown,
    )
    expect(error).toMatchObject({ name: 'LiveError', kind })
    expect(String(error)).not.toContain('AIza-key')
    expect(server.asked).toHaveLength(1)
  })

  it('is nowhere on Vertex AI', () => {
    expect(directOrigin({ at: 'vertex', project: 'p', location: 'global' })).toBeUndefined()
    expect(directOrigin({ at: 'developer', apiKey: 'k' })).toBe('wss://generativelanguage.googleapis.com')
  })
})
