import { request } from 'node:http'
import { createServer } from 'node:net'
import { brotliDecompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { readConfig } from '../../agent/config.ts'
import { startWeb } from '../../web/server/server.ts'
import { serve } from './served.ts'

type Got = { status: number; headers: Record<string, string | string[] | undefined>; body: Buffer }

/** A plain request: fetch follows, decompresses and sets the host by itself. */
function get(url: string, headers: Record<string, string> = {}, path?: string): Promise<Got> {
  return new Promise((resolve, reject) => {
    const options = { headers, ...(path === undefined ? {} : { path }) }
    const sent = request(url, options, async response => {
      const parts: Buffer[] = []
      for await (const part of response) parts.push(part as Buffer)
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) })
    })
    sent.once('error', reject)
    sent.end()
  })
}

describe('the page', () => {
  test('is at /r/<room>, and / leads to the default room by a relative way', async () => {
    await using served = await serve({ ROOM: 'küche' })
    const home = await get(served.web.url)
    expect([home.status, home.headers.location]).toEqual([302, 'r/k%C3%BCche'])
    const page = await get(served.web.link)
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(page.headers['cache-control']).toBe('no-cache')
  })

  test.each([
    '/r/a%20b',
    '/r/%ff',
    '/r/..%2f',
    '/nothing',
    '/assets/none.js',
    '/../package.json',
    '//etc/passwd',
  ])('%s is nothing', async path => {
    await using served = await serve()
    expect((await get(served.web.url, {}, path)).status).toBe(404)
  })

  test('comes compressed, is kept for a year where its name holds a hash, and is not sent again unchanged', async () => {
    await using served = await serve()
    const url = `${served.web.url}/assets/call-Bx3.js`
    const plain = await get(url)
    const small = await get(url, { 'accept-encoding': 'gzip, deflate, br' })
    expect(small.headers['content-encoding']).toBe('br')
    expect(small.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect(brotliDecompressSync(small.body).equals(plain.body)).toBe(true)
    expect(small.body.length).toBeLessThan(plain.body.length / 10)
    expect((await get(url, { 'if-none-match': String(small.headers.etag) })).status).toBe(304)
    expect((await get(url, { 'accept-encoding': 'br;q=0, gzip' })).headers['content-encoding']).toBe('gzip')
  })

  test('may load from itself only, and reach LiveKit and nothing else', async () => {
    await using served = await serve()
    const policy = String((await get(served.web.link)).headers['content-security-policy'])
    expect(policy).toContain("default-src 'self';")
    expect(policy).toContain("connect-src 'self' ws://127.0.0.1:7880 http://127.0.0.1:7880;")
    expect(policy).not.toContain('unsafe')
  })

  test('is refused by method', async () => {
    await using served = await serve()
    const response = await fetch(served.web.link, { method: 'DELETE' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect(await (await fetch(served.web.link, { method: 'HEAD' })).text()).toBe('')
  })

  test('is not served before it is built, and the message says how', async () => {
    const config = readConfig({ PORT: '0' })
    await expect(startWeb(config, { dist: '/nowhere' })).rejects.toThrow('npm run build')
  })
})

describe('GET /api/info', () => {
  test('says which room, which model, and that a stand-in answers without a key', async () => {
    await using served = await serve({ MODEL: 'gemini-3.8-live' })
    const info = await (await fetch(`${served.web.url}/api/info`)).json()
    expect(info).toEqual({
      room: 'roundtable',
      agent: 'rehearsal',
      model: 'gemini-3.8-live',
      needsInvite: false,
      direct: true,
    })
  })

  test('says gemini with a key, and never the key', async () => {
    await using served = await serve({ GEMINI_API_KEY: 'AIza-secret', INVITE_CODE: 'correct-horse' })
    const text = await (await fetch(`${served.web.url}/api/info`)).text()
    expect(JSON.parse(text)).toMatchObject({ agent: 'gemini', needsInvite: true })
    expect(text).not.toContain('secret')
    expect(text).not.toContain('horse')
  })
})

describe('who is served', () => {
  test('a name that somebody has pointed at this machine gets no token', async () => {
    await using served = await serve()
    const info = `${served.web.url}/api/info`
    expect((await get(info, { host: 'evil.example:8080' })).status).toBe(403)
    expect((await get(info, { host: '127.0.0.1:8080' })).status).toBe(200)
  })

  test('a name listed in WEB_ORIGINS does, and any does with an invite code', async () => {
    await using listed = await serve({ WEB_ORIGINS: 'https://our.example' })
    expect((await get(`${listed.web.url}/api/info`, { host: 'our.example' })).status).toBe(200)
    await using invited = await serve({ INVITE_CODE: 'correct-horse' })
    expect((await get(`${invited.web.url}/api/info`, { host: 'our.example' })).status).toBe(200)
  })

  test('GET /healthz is answered', async () => {
    await using served = await serve()
    expect(await (await fetch(`${served.web.url}/healthz`)).text()).toBe('ok\n')
  })
})

describe('the port', () => {
  test('that is held ends in a sentence that names the setting', async () => {
    const holder = createServer()
    await new Promise<void>(resolve => holder.listen(0, '127.0.0.1', resolve))
    const { port } = holder.address() as { port: number }
    await expect(serve({ PORT: `${port}` })).rejects.toThrow(`PORT: ${port} is held by another program`)
    await new Promise(resolve => holder.close(resolve))
  })

  test('is free again once closed, also with a browser still connected', async () => {
    await using served = await serve()
    await fetch(served.web.link)
    const closing = served.web.close()
    expect(served.web.close()).toBe(closing)
    await closing
    expect(await served.web.ended).toEqual({ why: 'closed' })
    await expect(fetch(served.web.link)).rejects.toThrow()
  })
})
