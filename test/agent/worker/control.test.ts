import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RequestError } from '../../../agent/errors.ts'
import { type Health, startHealth } from '../../../agent/worker/health.ts'

let health: Health
let changes: object[]

beforeEach(async () => {
  changes = []
  health = await startHealth(0, {
    fitness: () => ({ isFit: true }),
    metrics: () => [],
    settingsOf: room =>
      room === 'my kitchen'
        ? {
            read: () => ({ voice: 'Puck' }),
            change(change) {
              if ('voice' in change && change.voice === 'Darth')
                throw new RequestError('malformed', 'voice: is "Darth"')
              changes.push(change)
              return { ...change }
            },
          }
        : undefined,
  })
})
afterEach(() => health.close())

const at = (room: string) => `http://127.0.0.1:${health.port}/rooms/${room}/settings`
const json = { 'content-type': 'application/json' }
const patch = (body: string, headers: Record<string, string> = json, room = 'my%20kitchen') =>
  fetch(at(room), { method: 'PATCH', body, headers })

/** With headers that fetch would not send. */
function raw(headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(
      at('my%20kitchen'),
      { method: 'PATCH', headers: { ...json, ...headers } },
      answer => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      },
    )
    asked.once('error', reject)
    asked.end('{"voice":"Kore"}')
  })
}

describe('the settings of a room, on the worker', () => {
  it('are read, and changed', async () => {
    const read = await fetch(at('my%20kitchen'))
    expect([read.status, await read.json()]).toEqual([200, { voice: 'Puck' }])
    const changed = await patch('{"voice":"Kore"}')
    expect([changed.status, await changed.json()]).toEqual([200, { voice: 'Kore' }])
    expect(changes).toEqual([{ voice: 'Kore' }])
  })

  it.each([
    ['{"voice":"Darth"}', 'voice: is \\"Darth\\"'],
    ['voice=Kore', 'The body is no JSON'],
    ['["voice"]', 'no object of settings'],
    [' '.repeat(70_000), 'longer than 64000 bytes'],
  ])('are refused with a sentence for %.20s', async (body, words) => {
    const answer = await patch(body)
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain(words)
    expect(changes).toEqual([])
  })

  it('of a room that is not served here are not there', async () => {
    expect((await patch('{}', json, 'hall')).status).toBe(404)
    expect((await patch('{}', json, '%E0')).status).toBe(404)
    expect((await fetch(at('my%20kitchen'), { method: 'DELETE' })).status).toBe(405)
  })

  it('are not for pages: whoever comes from one, by whatever name of this machine, is refused', async () => {
    expect(await raw({ origin: 'https://example.org' })).toBe(403)
    expect(await raw({ origin: `http://127.0.0.1:${health.port}` })).toBe(403)
    expect(await raw({ 'sec-fetch-site': 'cross-site' })).toBe(403)
    // A name of the attacker's that leads to this machine.
    expect(await raw({ host: 'rebound.example.org' })).toBe(403)
    expect(await raw({ 'content-type': 'text/plain' })).toBe(403)
    expect(changes).toEqual([])
    expect(await raw({ host: `localhost:${health.port}` })).toBe(200)
  })
})
