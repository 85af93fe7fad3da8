/** Which service a request is for. */
export type Api = 'developer' | 'vertex'

export type Address = {
  api: Api
  /** As it stands in the path; v1 where the path leaves it empty. */
  version: string
  /** `constrained` takes ephemeral tokens, `plain` keys. */
  method: 'plain' | 'constrained'
}

const versions = 'v1|v1beta|v1alpha|v1beta1|'
const developer = new RegExp(
  `/ws/google\\.ai\\.generativelanguage\\.(${versions})\\.GenerativeService\\.BidiGenerateContent(Constrained)?$`,
)
const vertex = new RegExp(
  `/ws/google\\.cloud\\.aiplatform\\.(${versions})\\.LlmBidiService/BidiGenerateContent$`,
)

/**
 * What a path asks for; undefined where there is nothing. The official SDKs put whatever path their base URL has in front; with Vertex AI, a custom base URL and nothing else, the JS SDK dials the bare `/`.
 */
export function readAddress(path: string): Address | undefined {
  if (path === '/') return { api: 'vertex', version: 'v1beta1', method: 'plain' }
  const forDeveloper = developer.exec(path)
  if (forDeveloper !== null)
    return {
      api: 'developer',
      version: forDeveloper[1] || 'v1',
      method: forDeveloper[2] === undefined ? 'plain' : 'constrained',
    }
  const forVertex = vertex.exec(path)
  return forVertex === null
    ? undefined
    : { api: 'vertex', version: forVertex[1] || 'v1beta1', method: 'plain' }
}

/** The path of a request, repeated slashes as one, and its query. As a URL, `//ws/x` would be the host `ws`. */
export function readTarget(target = '/'): { path: string; query: URLSearchParams } {
  const [path = '', query = ''] = target.split('?', 2)
  return { path: path.replace(/\/{2,}/g, '/') || '/', query: new URLSearchParams(query) }
}

/** What a client showed at the door. */
export type Credential =
  | { kind: 'key'; key: string }
  | { kind: 'token'; token: string }
  | { kind: 'bearer' }
  | { kind: 'none' }

/** A key or token from the query or the headers, wherever either SDK puts it. */
export function readCredential(
  query: URLSearchParams,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Credential {
  const authorization = String(headers.authorization ?? '')
  const token = query.get('access_token') ?? /^Token\s+(\S+)$/i.exec(authorization)?.[1]
  if (token !== undefined && token !== null && token !== '') return { kind: 'token', token }
  const key = query.get('key') ?? String(headers['x-goog-api-key'] ?? '')
  if (key.startsWith('auth_tokens/')) return { kind: 'token', token: key }
  if (key !== '') return { kind: 'key', key }
  return /^Bearer\s+\S/i.test(authorization) ? { kind: 'bearer' } : { kind: 'none' }
}
