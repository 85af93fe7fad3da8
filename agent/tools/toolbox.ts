import type { Clock } from '../clock.ts'
import { asError, ConfigError, type Problem, ToolError } from '../errors.ts'
import type { ModelProfile } from '../live/models.ts'
import type { Log } from '../log.ts'
import type { McpServer } from './mcp-file.ts'
import { problemsOf, Registry } from './registry.ts'
import type { ReadyTool, Tool } from './tool.ts'

/** Where the tools of a process come from. */
export type ToolConfig = {
  /** Modules, as TOOLS has them. */
  modules: readonly string[]
  servers: readonly McpServer[]
}

/** The operator's tools, for every room of the process. */
export type Toolbox = AsyncDisposable & { readonly tools: readonly ReadyTool[] }

export const noTools: Toolbox = { tools: [], [Symbol.asyncDispose]: async () => {} }

/**
 * Loads the modules, takes the tools of `own`, which a program brings along, and connects to the servers. A server that is away is left out, with a line in the log: it is no mistake of the
 * settings, and the people in the rooms can do without it.
 * @throws ConfigError where a module cannot be used, or has what `profile` does not take
 */
export async function openToolbox(
  { modules, servers }: ToolConfig,
  profile: ModelProfile,
  { log, clock, own = [] }: { log: Log; clock: Clock; own?: readonly Tool[] },
): Promise<Toolbox> {
  if (modules.length + servers.length + own.length === 0) return noTools
  // With what reads descriptions of arguments, which is large; most workers have no tools.
  const [{ loadTools }, { readyTool }] = await Promise.all([import('./load.ts'), import('./tool.ts')])
  const problems: Problem[] = []
  const registry = new Registry()
  const add = (tools: readonly ReadyTool[]) => {
    for (const tool of tools) registry.add(tool)
  }
  const attempt = async (setting: string, load: () => ReadyTool[] | Promise<ReadyTool[]>) => {
    try {
      const tools = await load()
      add(tools)
      for (const what of problemsOf(tools, profile)) problems.push({ setting, what })
    } catch (thrown) {
      if (!(thrown instanceof ToolError)) throw thrown
      problems.push({ setting, what: thrown.message })
    }
  }
  await attempt('tools', () => own.map(tool => readyTool(tool, 'this program')))
  for (const path of modules) await attempt('TOOLS', () => loadTools(path))
  if (problems.length > 0) throw new ConfigError(problems)
  // The SDK is large, and most have no such server.
  const { McpConnection } = servers.length > 0 ? await import('./mcp.ts') : {}
  const connections = servers.map(server => new McpConnection!(server, { log, clock }))
  await Promise.all(
    connections.map(async connection => {
      try {
        add(await connection.tools(name => registry.get(name) !== undefined))
      } catch (thrown) {
        log.error('an MCP server is not used', { error: asError(thrown) })
      }
    }),
  )
  const close = async () => {
    await Promise.all(connections.map(connection => connection.close()))
  }
  return { tools: registry.names.map(name => registry.get(name)!), [Symbol.asyncDispose]: close }
}
