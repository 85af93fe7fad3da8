import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { holderOf } from '../../../agent/start/holder.ts'
import { portProblems, type Wanted } from '../../../agent/start/ports.ts'

let server: Server
let held: number

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  held = (server.address() as AddressInfo).port
})
afterEach(() => new Promise<void>(resolve => server.close(() => resolve())))

function wanted(more: Partial<Wanted>): Wanted {
  return { setting: 'PORT', port: held, protocol: 'tcp', hosts: ['127.0.0.1'], forWhom: 'the page', ...more }
}

/** macOS tells who holds a port only through lsof, which a machine may lack. */
const isLinux = process.platform === 'linux'

describe('a port that is held', () => {
  test('is a problem that names the setting and who it was for', async () => {
    const [problem] = await portProblems([wanted({})])
    expect(problem).toMatchObject({
      setting: 'PORT',
      what: expect.stringMatching(`^port ${held}, for the page, is held by`),
    })
  })

  test.runIf(isLinux)('names the program and the process that holds it', async () => {
    const [problem] = await portProblems([wanted({})])
    expect(problem?.what).toContain(`(pid ${process.pid})`)
    expect(problem?.what).toContain('node')
  })

  test.runIf(isLinux)('on UDP too', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const { port } = socket.address()
    const [problem] = await portProblems([wanted({ port, protocol: 'udp', hosts: ['0.0.0.0'] })])
    socket.close()
    expect(problem?.what).toMatch(new RegExp(`^UDP port ${port}, .*\\(pid ${process.pid}\\)`))
  })

  test('is found among several, each told, in one go', async () => {
    const problems = await portProblems([
      wanted({}),
      wanted({ setting: 'HEALTH_PORT', forWhom: "the worker's health" }),
      wanted({ setting: 'REHEARSAL_PORT', port: 0 }),
    ])
    expect(problems.map(one => one.setting)).toEqual(['PORT', 'HEALTH_PORT'])
    expect(problems[1]?.what).toContain('which the page has already (PORT)')
  })
})

describe('a port that can be had', () => {
  test('is no problem, and free again afterwards', async () => {
    await new Promise<void>(resolve => server.close(() => resolve()))
    expect(await portProblems([wanted({})])).toEqual([])
    server = createServer().listen(held, '127.0.0.1')
    await once(server, 'listening')
  })

  test('any free one is no problem, for however many', async () => {
    expect(await portProblems([wanted({ port: 0 }), wanted({ port: 0 })])).toEqual([])
  })

  test('is no problem on an address that this machine does not have', async () => {
    expect(await portProblems([wanted({ hosts: ['203.0.113.7'] })])).toEqual([])
  })
})

test('nobody holds a port that is free', async () => {
  await new Promise<void>(resolve => server.close(() => resolve()))
  expect(await holderOf(held, 'tcp')).toBeUndefined()
})
