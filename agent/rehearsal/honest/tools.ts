import type { Item, Scene, ScriptedCall } from '../turns/script.ts'
import type { FunctionResponse } from '../wire/client-message.ts'
import type { FunctionDeclaration } from '../wire/setup.ts'
import { spoken } from './about.ts'
import { fitting } from './fitting.ts'

/** The steps that call every declared function which a typed line names; undefined where it names none. */
export function callAsked(typed: string, scene: Scene): Item[] | undefined {
  const words = ` ${typed.toLowerCase().replace(/[^\p{L}\p{N}_]+/gu, ' ')} `
  const asked = scene.declarations.filter(({ name = '' }) => names(words, name))
  if (asked.length === 0) return scene.hasSearch ? searchAsked(typed) : undefined
  const calls = asked.map(declaration => callOf(declaration, typed))
  const said = asked.map(({ name = '' }) => spoken(name)).join(' and ')
  return [
    { kind: 'say', text: `I call ${said}.` },
    { kind: 'call', calls, after: sayResults },
  ]
}

/** The function's name stands among the words of the line, as it is written or as it is spoken. */
function names(words: string, name: string): boolean {
  if (name === '') return false
  return words.includes(` ${name.toLowerCase()} `) || words.includes(` ${spoken(name).toLowerCase()} `)
}

function callOf(declaration: FunctionDeclaration, typed: string): ScriptedCall {
  const schema = declaration.parameters ?? declaration.parametersJsonSchema
  const { name = '' } = declaration
  return { name, args: argumentsIn(typed) ?? objectOf(fitting(schema, besides(typed, name))) }
}

/** So much of a line is taken for an argument, characters. */
const MOST_WORDS = 1_000

/** What the line says besides the name and the asking, for arguments that are plain text. */
function besides(typed: string, name: string): string {
  const asking = /\b(?:please|call|use|run|with|for|in|the|tool|function)\b/gi
  const rest = typed
    .slice(0, MOST_WORDS)
    .replaceAll(name, ' ')
    .replaceAll(spoken(name), ' ')
    .replace(asking, ' ')
  return (
    rest
      .replace(/[^\p{L}\p{N}\s.,'-]/gu, ' ')
      .replace(/\s+/g, ' ')
      .replace(/^[\s.,]+|[\s.,]+$/g, '') || 'rehearsal'
  )
}

/** A JSON object in the line is taken for the arguments. */
function argumentsIn(typed: string): Record<string, unknown> | undefined {
  const from = typed.indexOf('{')
  const to = typed.lastIndexOf('}')
  if (from < 0 || to < from) return undefined
  try {
    return objectOf(JSON.parse(typed.slice(from, to + 1)))
  } catch {
    return undefined
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}

function searchAsked(typed: string): Item[] | undefined {
  const query = /\bsearch(?:\s+the\s+web)?\s+(?:for\s+)?(.{1,200})/i.exec(typed)?.[1]?.replace(/[.?!]+$/, '')
  if (query === undefined) return undefined
  const groundingMetadata = { webSearchQueries: [query], groundingChunks: [], groundingSupports: [] }
  return [
    { kind: 'say', text: `I would have searched for ${query}.` },
    { kind: 'send', message: { serverContent: { groundingMetadata } } },
  ]
}

/** What the functions answered, spoken. */
export function sayResults(responses: FunctionResponse[]): Item[] {
  return responses.map(({ name = 'the tool', response = {} }) => ({
    kind: 'say',
    text: `${spoken(name.slice(0, 100))} answered: ${sayValue(response).slice(0, 200) || 'nothing'}.`,
  }))
}

function sayValue(value: unknown): string {
  if (Array.isArray(value)) return value.map(sayValue).join(', ')
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .filter(([key]) => key !== 'scheduling')
      .map(([key, inner]) => `${spoken(key)} ${sayValue(inner)}`)
      .join(', ')
  return String(value)
}
