import { asError } from '../errors.ts'

/** What the model is told of a call: an object, as the API wants it. */
export type Response = Record<string, unknown>

/** A longer answer fills the model's context with what nobody asked for. Some 5,000 tokens. */
const MOST_CHARACTERS = 20_000
const MOST_ERROR = 500

/** Whatever a run gave, as the API takes it; `isCut` where it was too long. Never throws. */
export function responseOf(value: unknown): { response: Response; isCut: boolean } {
  let text: string | undefined
  try {
    text = JSON.stringify(value, plain)
  } catch (thrown) {
    return {
      response: { error: `it gave something that is no JSON: ${cut(asError(thrown).message)}` },
      isCut: false,
    }
  }
  if (text === undefined) return { response: { output: 'done' }, isCut: false }
  if (text.length > MOST_CHARACTERS) {
    const whole = typeof value === 'string' ? value : text
    const output = whole.slice(0, MOST_CHARACTERS)
    const note = `This is the beginning; all of it is ${whole.length} characters long.`
    return { response: { output, note }, isCut: true }
  }
  const response = JSON.parse(text)
  const isObject = typeof response === 'object' && response !== null && !Array.isArray(response)
  return { response: isObject ? response : { output: response }, isCut: false }
}

/** Whatever a run threw, as words for the model. */
export function failureOf(thrown: unknown): Response {
  return { error: cut(wordsOf(thrown)) || 'it failed and said nothing' }
}

function wordsOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name
  if (typeof thrown === 'string') return thrown
  try {
    return JSON.stringify(thrown, plain) ?? ''
  } catch {
    return ''
  }
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  return value instanceof Map || value instanceof Set ? [...value] : value
}

const cut = (text: string) => (text.length > MOST_ERROR ? `${text.slice(0, MOST_ERROR)}…` : text)
