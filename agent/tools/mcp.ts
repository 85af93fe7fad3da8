import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import type { Clock } from '../clock.ts'
import { asError, ToolError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Ms } from '../units.ts'
import type { McpServer } from './mcp-file.ts'
import { type ReadyTool, readyTool, type ToolContext } from './tool.ts'

/** A server that is fetched by npx at its first start needs longer than one that is there. */
const OPEN_WITHIN_MS: Ms = 20_000
/** A server that is gone is not tried again more often than this: a call must not wait for it each time. */
const AGAIN_MS: Ms = 5_000
/** The SDK's own deadline lies beyond ours, which aborts the call. */
const CALL_MS: Ms = 3_600_000
/** A list goes on page by page; more pages than this are not read. */
const MOST_PAGES = 20

/** One server and its tools, for all rooms of the process. It is opened again when it is called after it went. */
export class McpConnection implements AsyncDisposable {
  readonly #server: McpServer
  readonly #log: Log
  readonly #clock: Clock
  #client: Promise<Client> | undefined
  #triedAt: Ms | undefined
  #closing: Promise<void> | undefined

  constructor(server: McpServer, { log, clock }: { log: Log; clock: Clock }) {
    this.#server = server
    this.#log = log.with({ mcp: server.name })
    this.#clock = clock
  }

  /**
   * Connects and lists the server's tools. A tool that cannot be declared is left out, with a line in the log.
   * @param isTaken names that other tools have; one of them gets the server's name before its own
   * @throws ToolError where the server cannot be reached
   */
  async tools(isTaken: (name: string) => boolean): Promise<ReadyTool[]> {
    const client = await this.#open()
    const tools: ReadyTool[] = []
    let cursor: string | undefined
    for (let page = 0; page < MOST_PAGES; page++) {
      const listed = await client.listTools(cursor === undefined ? {} : { cursor }, {
        timeout: OPEN_WITHIN_MS,
      })
      for (const { name, description, title, inputSchema } of listed.tools) {
        const own = plainName(name)
        const unique =
          isTaken(own) || tools.some(tool => tool.name === own)
            ? plainName(`${this.#server.name}_${name}`)
            : own
        const declaration = {
          name: unique,
          description: description?.slice(0, 4_000) || title || name,
          parameters: inputSchema,
          run: (args: Record<string, unknown>, context: ToolContext) =>
            this.#call(name, args, context.signal),
        }
        try {
          tools.push(readyTool(declaration, `the MCP server ${this.#server.name}`))
        } catch (error) {
          this.#log.warn('a tool cannot be used', { error })
        }
      }
      cursor = listed.nextCursor
      if (cursor === undefined) break
    }
    this.#log.info('connected', { tools: tools.length })
    return tools
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      const client = await this.#client?.catch(() => undefined)
      await client?.close().catch(error => this.#log.debug('closing failed', { error: asError(error) }))
    })()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #call(name: string, args: Record<string, unknown>, signal: AbortSignal): Promise<unknown> {
    const client = await this.#open()
    const result = await client.callTool({ name, arguments: args }, undefined, { signal, timeout: CALL_MS })
    return contentOf(result as CallToolResult)
  }

  #open(): Promise<Client> {
    if (this.#client !== undefined) return this.#client
    const now = this.#clock.now()
    if (this.#closing !== undefined || (this.#triedAt !== undefined && now - this.#triedAt < AGAIN_MS))
      return Promise.reject(new ToolError(`The MCP server ${this.#server.name} is away`))
    this.#triedAt = now
    const client = this.#connect()
    this.#client = client
    client.catch(() => this.#lose(client))
    return client
  }

  async #connect(): Promise<Client> {
    const client = new Client({ name: 'roundtable', version: '0.1.0' })
    try {
      await client.connect(this.#transport(), { timeout: OPEN_WITHIN_MS })
    } catch (thrown) {
      await client.close().catch(() => {})
      throw new ToolError(`The MCP server ${this.#server.name} cannot be reached: ${reasonOf(thrown)}`, {
        cause: thrown,
      })
    }
    const mine = this.#client
    client.onclose = () => {
      if (this.#closing === undefined) this.#log.warn('the server is gone; the next call tries it again')
      this.#lose(mine)
    }
    client.onerror = error => this.#log.debug('trouble with the server', { error })
    return client
  }

  #lose(client: Promise<Client> | undefined): void {
    if (this.#client === client) this.#client = undefined
  }

  #transport(): Transport {
    const server = this.#server
    if (server.at === 'stdio') {
      const { command, args, env, cwd } = server
      // What a server writes to its standard error is its own business; the SDK hands on only a safe part of our environment.
      return new StdioClientTransport({
        command,
        args,
        env,
        stderr: 'ignore',
        ...(cwd === undefined ? {} : { cwd }),
      })
    }
    const requestInit = { headers: server.headers }
    // The SDK's own types disagree with each other about optional members.
    return (
      server.at === 'sse'
        ? new SSEClientTransport(new URL(server.url), { requestInit })
        : new StreamableHTTPClientTransport(new URL(server.url), { requestInit })
    ) as Transport
  }
}

/** The words of a result; what is no text is named, for the model cannot be shown it in an answer. */
function contentOf({ content = [], structuredContent, isError }: CallToolResult): unknown {
  const text = content
    .map(part => {
      if (part.type === 'text') return part.text
      if (part.type === 'resource' && 'text' in part.resource) return part.resource.text
      return part.type === 'resource_link' ? `[${part.name}: ${part.uri}]` : `[${part.type}]`
    })
    .join('\n')
  if (isError) throw new Error(text || 'the server says that it failed')
  return structuredContent ?? text
}

function reasonOf(thrown: unknown): string {
  const { message, cause } = asError(thrown)
  const code = (cause as NodeJS.ErrnoException | undefined)?.code
  return code === undefined ? message.slice(0, 300) : `${message.slice(0, 300)} (${code})`
}

/** A name as Gemini takes it; MCP allows dots, dashes and slashes. */
function plainName(name: string): string {
  const plain = name.replace(/\W+/g, '_').slice(0, 64)
  return /^[A-Za-z_]/.test(plain) ? plain : `_${plain}`.slice(0, 64)
}
