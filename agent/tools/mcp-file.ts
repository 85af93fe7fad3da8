import { asError } from '../errors.ts'

/** A server of the Model Context Protocol, as people's other programs have it in their `mcp.json`. */
export type McpServer = { name: string } & (
  | { at: 'stdio'; command: string; args: string[]; env: Record<string, string>; cwd: string | undefined }
  /** Streamable HTTP, or its predecessor with server-sent events. Headers are secrets. */
  | { at: 'http' | 'sse'; url: string; headers: Record<string, string> }
)

/**
 * Reads `{ "mcpServers": { "name": { "command", "args", "env", "cwd" } | { "type", "url", "headers" } } }`; `${VAR}` and `${VAR:-else}` in its
 * strings are taken from the environment.
 * @returns the servers that can be used, and a sentence for each that cannot
 */
export function readMcpFile(
  text: string,
  variable: (name: string) => string | undefined,
): { servers: McpServer[]; problems: string[] } {
  const problems: string[] = []
  let file: unknown
  try {
    file = JSON.parse(text)
  } catch (thrown) {
    return { servers: [], problems: [`is no JSON: ${asError(thrown).message}`] }
  }
  const listed = isObject(file) ? (file.mcpServers ?? file.servers) : undefined
  if (!isObject(listed)) return { servers: [], problems: ['has no object "mcpServers"'] }
  const servers = Object.entries(listed).flatMap(([name, entry]) => {
    const problem = (what: string) => {
      problems.push(`server "${name}" ${what}`)
      return []
    }
    if (!isObject(entry)) return problem('is no object')
    if (entry.disabled === true) return []
    const missing: string[] = []
    const server = expanded(entry, variable, missing)
    if (missing.length > 0) return problem(`needs ${missing.join(', ')} in the environment`)
    return serverOf(name, server as Record<string, unknown>) ?? problem('needs a "command" or a "url"')
  })
  return { servers, problems }
}

function serverOf(name: string, entry: Record<string, unknown>): McpServer[] | undefined {
  const { command, args, cwd, url, type } = entry
  if (typeof command === 'string' && command !== '') {
    const words = Array.isArray(args) ? args.map(String) : []
    return [
      {
        name,
        at: 'stdio',
        command,
        args: words,
        env: texts(entry.env),
        cwd: typeof cwd === 'string' ? cwd : undefined,
      },
    ]
  }
  if (typeof url !== 'string' || !/^https?:\/\//.test(url) || !URL.canParse(url)) return undefined
  return [{ name, at: type === 'sse' ? 'sse' : 'http', url, headers: texts(entry.headers) }]
}

function expanded(
  value: unknown,
  variable: (name: string) => string | undefined,
  missing: string[],
): unknown {
  if (typeof value === 'string')
    return value.replace(
      /\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g,
      (_whole, name: string, otherwise?: string) => {
        const found = variable(name) ?? otherwise
        if (found === undefined) missing.push(name)
        return found ?? ''
      },
    )
  if (Array.isArray(value)) return value.map(item => expanded(item, variable, missing))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, expanded(inner, variable, missing)]),
  )
}

function texts(value: unknown): Record<string, string> {
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, String(inner)]))
    : {}
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
