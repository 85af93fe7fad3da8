import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readConfig } from '../../../agent/config.ts'
import { ConfigError } from '../../../agent/errors.ts'
import { models } from '../../../agent/live/models.ts'
import { Log } from '../../../agent/log.ts'
import { McpConnection } from '../../../agent/tools/mcp.ts'
import { type McpServer, readMcpFile } from '../../../agent/tools/mcp-file.ts'
import type { ReadyTool, ToolContext } from '../../../agent/tools/tool.ts'
import { openToolbox } from '../../../agent/tools/toolbox.ts'
import { FakeClock } from '../../fakes/clock.ts'

const script = join(import.meta.dirname, '..', '..', 'fakes', 'mcp-server.mjs')
const stdio: McpServer = {
  name: 'desk',
  at: 'stdio',
  command: process.execPath,
  args: [script],
  env: { MINE: 'yes' },
  cwd: undefined,
}

let clock: FakeClock
let logged: string
const log = new Log({}, 'debug', line => {
  logged += line
})
beforeEach(() => {
  clock = new FakeClock()
  logged = ''
})

const free = () => false
const run = (tools: ReadyTool[], name: string, args = {}, signal = new AbortController().signal) =>
  tools.find(tool => tool.name === name)!.run(args, { signal } as ToolContext) as Promise<unknown>

describe('a server on standard input and output', () => {
  let connection: McpConnection
  let tools: ReadyTool[]
  beforeEach(async () => {
    connection = new McpConnection(stdio, { log, clock })
    tools = await connection.tools(free)
  })
  afterEach(() => connection.close())

  it('has its tools declared, all pages of them, by names that Gemini takes; an unusable one is left out', () => {
    expect(tools.map(({ name }) => name)).toEqual([
      'echo',
      'file_read',
      'fail',
      'data',
      'hang',
      'exit',
      'env',
    ])
    expect(tools[0]).toMatchObject({ description: 'Repeats.', from: 'the MCP server desk' })
    expect(tools[0]!.schema.check({ text: 1 })).toHaveProperty('problem')
    expect(logged).toContain('The tool \\"odd\\" of the MCP server desk has a schema that cannot be used')
  })

  it('is called, and gives texts, data, and names of what is no text', async () => {
    expect(await run(tools, 'echo', { text: 'hello' })).toBe('hello')
    expect(await run(tools, 'data')).toEqual({ n: 7 })
    expect(await run(tools, 'file_read')).toBe('first\n[image]\nsecond')
  })

  it('that says it failed is a failure in its words', async () => {
    await expect(run(tools, 'fail')).rejects.toThrow('the disk is full')
  })

  it('knows what the file gives it of the environment, and nothing of ours', async () => {
    expect(JSON.parse((await run(tools, 'env')) as string)).toEqual({ mine: 'yes' })
  })

  it('is told when a call is cancelled', async () => {
    const stop = new AbortController()
    const running = run(tools, 'hang', {}, stop.signal)
    stop.abort()
    await expect(running).rejects.toThrow()
    expect(await run(tools, 'echo', { text: 'well' })).toBe('well')
  })

  it('that ends is started again by the next call, but not at every call', async () => {
    await expect(run(tools, 'exit')).rejects.toThrow()
    await expect(run(tools, 'echo', { text: 'x' })).rejects.toThrow('The MCP server desk is away')
    clock.pass(5_000)
    expect(await run(tools, 'echo', { text: 'back' })).toBe('back')
  })
})

describe('a server by HTTP', () => {
  it('is called with the headers of the file', async () => {
    const child = spawn(process.execPath, [script, 'a-token'], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const [port] = await once(child.stdout, 'data')
      const at = (token: string): McpServer => ({
        name: 'wiki',
        at: 'http',
        url: `http://127.0.0.1:${String(port).trim()}/mcp`,
        headers: { authorization: `Bearer ${token}` },
      })
      await using connection = new McpConnection(at('a-token'), { log, clock })
      const tools = await connection.tools(name => name === 'echo')
      expect(await run(tools, 'wiki_echo', { text: 'hello' })).toBe('hello')
      await using stranger = new McpConnection(at('another'), { log, clock })
      await expect(stranger.tools(free)).rejects.toThrow('The MCP server wiki cannot be reached')
      expect(logged).not.toContain('a-token')
    } finally {
      child.kill()
      await once(child, 'exit')
    }
  })
})

describe('the toolbox of a process', () => {
  it('does without a server that is away, and says so', async () => {
    const gone: McpServer = { ...stdio, name: 'gone', command: '/no/such/program' }
    const config = { modules: [], servers: [gone, stdio] }
    await using toolbox = await openToolbox(config, models[0]!, { log, clock })
    expect(toolbox.tools.map(({ name }) => name)).toContain('echo')
    expect(logged).toContain('The MCP server gone cannot be reached')
  })
})

describe('the file of servers', () => {
  const variable = (name: string) => ({ TOKEN: 'hush' })[name]

  it('is the one that other programs have', () => {
    const file = {
      mcpServers: {
        files: { command: 'npx', args: ['-y', 'a-server', '$' + '{ROOT:-/tmp}'], env: { A: '1' } },
        wiki: { url: 'https://example.org/mcp', headers: { Authorization: 'Bearer $' + '{TOKEN}' } },
        old: { type: 'sse', url: 'https://example.org/sse' },
        off: { command: 'x', disabled: true },
      },
    }
    expect(readMcpFile(JSON.stringify(file), variable)).toEqual({
      problems: [],
      servers: [
        {
          name: 'files',
          at: 'stdio',
          command: 'npx',
          args: ['-y', 'a-server', '/tmp'],
          env: { A: '1' },
          cwd: undefined,
        },
        {
          name: 'wiki',
          at: 'http',
          url: 'https://example.org/mcp',
          headers: { Authorization: 'Bearer hush' },
        },
        { name: 'old', at: 'sse', url: 'https://example.org/sse', headers: {} },
      ],
    })
  })

  it.each([
    ['{', /^is no JSON/],
    ['{}', /^has no object "mcpServers"$/],
    ['{"mcpServers":{"a":{"url":"ftp://x"}}}', /^server "a" needs a "command" or a "url"$/],
    ['{"mcpServers":{"a":7}}', /^server "a" is no object$/],
    ['{"mcpServers":{"a":{"url":"https://x","headers":{"k":"$' + '{GONE}"}}}}', /^server "a" needs GONE in/],
  ])('that is %s is told in a sentence', (text, sentence) => {
    expect(readMcpFile(text, variable).problems).toEqual([expect.stringMatching(sentence)])
  })

  it('is a problem of MCP, with all others', () => {
    const read = () => readConfig({ MCP: './mcp.json', PORT: 'x' }, () => '{}')
    expect(read).toThrow(ConfigError)
    expect(read).toThrow('MCP: names the file ./mcp.json: has no object "mcpServers"')
    expect(() => readConfig({ MCP: './gone.json' }, () => undefined)).toThrow(
      './gone.json, which is not there',
    )
  })
})
