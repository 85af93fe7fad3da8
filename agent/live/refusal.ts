import type { GeminiConfig } from '../config.ts'
import { LiveError, type LiveErrorKind } from '../errors.ts'
import { livingModels } from './models.ts'
import type { LiveSettings } from './settings.ts'

/** How a session ended: a WebSocket close code and its reason (at most 123 bytes, from outside). */
export type Close = { code: number; reason: string }

/**
 * What a close means, by the codes and words that Google's service uses. `isOpen` says whether the session had been working.
 * @see https://ai.google.dev/gemini-api/docs/live-guide
 */
export function kindOf({ code, reason }: Close, isOpen: boolean): LiveErrorKind {
  if (/api key|unregistered callers|leaked|permission|credential/i.test(reason)) return 'key'
  if (/quota|resource has been exhausted|billing/i.test(reason)) return 'quota'
  if (/invalid session handle|session not found|requested entity was not found/i.test(reason)) return 'handle'
  if (/is not found for api version|publisher model/i.test(reason)) return 'model'
  if (code === 1007 && !isOpen) return 'setup'
  if (code === 1006 || code === 1005 || code === 1001) return 'network'
  return 'server'
}

/** Whether trying again soon can help; the others heal only when somebody changes a setting. */
export function isPassing(kind: LiveErrorKind): boolean {
  return kind !== 'key' && kind !== 'model' && kind !== 'setup'
}

/** The close as an error whose message names the setting to look at. The key itself is never in it. */
export function refusal(
  close: Close,
  isOpen: boolean,
  gemini: GeminiConfig,
  settings: LiveSettings,
): LiveError {
  const kind = kindOf(close, isOpen)
  const said = close.reason === '' ? `close ${close.code}` : `"${close.reason}"`
  const tool = kind === 'setup' ? refusedTool(close.reason, settings) : undefined
  if (tool !== undefined) {
    const words = `Gemini refused the tool ${tool}: ${said}. Mend its parameters or its name, or take it out of TOOLS or MCP.`
    return new LiveError(kind, words, { code: close.code, tool })
  }
  return new LiveError(kind, sentence(kind, said, gemini, settings), { code: close.code })
}

/** The function that a refused setup was refused for, where the reason names it by its place or its name. */
function refusedTool(reason: string, { functions }: LiveSettings): string | undefined {
  const place = /function_?declarations\[(\d+)\]/i.exec(reason)?.[1]
  const named = /function (?:name|declaration) "?([\w.:-]+)/i.exec(reason)?.[1]
  return place === undefined
    ? functions.find(({ name }) => name === named)?.name
    : functions[Number(place)]?.name
}

/** Our own deadline passed, or the address did not answer. */
export function unanswered(
  kind: 'timeout' | 'network',
  gemini: GeminiConfig,
  settings: LiveSettings,
  cause?: Error,
): LiveError {
  const said = cause?.message.trim().replace(/\.+$/, '') ?? 'no answer'
  // Vertex AI's credentials are looked for on this machine before anything is sent.
  const isKey = gemini.at === 'vertex' && /credential|invalid_grant|reauth/i.test(said)
  const what = isKey ? 'key' : kind
  return new LiveError(what, sentence(what, said, gemini, settings), cause ? { cause } : {})
}

function sentence(kind: LiveErrorKind, said: string, gemini: GeminiConfig, { model }: LiveSettings): string {
  const where = hostOf(gemini)
  switch (kind) {
    case 'key':
      return gemini.at === 'vertex'
        ? `Vertex AI has no use for the credentials: ${said}. Check GOOGLE_CLOUD_PROJECT, and run "gcloud auth application-default login" or set GOOGLE_APPLICATION_CREDENTIALS.`
        : `Gemini refused the API key: ${said}. Set GEMINI_API_KEY to a valid key from https://aistudio.google.com/apikey.`
    case 'model':
      return `Gemini has no model ${model}: ${said}. Set MODEL to one of ${livingModels(gemini.at === 'vertex' ? 'vertex' : 'developer').join(', ')}.`
    case 'setup':
      return `Gemini refused the session's settings: ${said}. Check MODEL (${model}), VOICE, THINKING and the other settings of the session.`
    case 'quota':
      return `Gemini's quota is used up: ${said}. Check the plan and billing of GEMINI_API_KEY.`
    case 'handle':
      return `Gemini no longer knows the conversation: ${said}.`
    case 'timeout':
      return `The Live API at ${where} accepted the connection and did not answer in time.`
    case 'network':
      return `The Live API at ${where} cannot be reached: ${said}. Check the network${gemini.at === 'developer' && gemini.baseUrl === undefined ? '' : ' and GOOGLE_GEMINI_BASE_URL'}.`
    case 'server':
      return `The Live API at ${where} ended the session: ${said}.`
  }
}

function hostOf(gemini: GeminiConfig): string {
  return gemini.baseUrl === undefined ? 'Google' : new URL(gemini.baseUrl).host
}
