import { createRequire } from 'node:module'
import type { Ajv2020 } from 'ajv/dist/2020.js'
import { z } from 'zod'
import { asError, ToolError } from '../errors.ts'
import { isOperation, type Operation, operationSchema } from './openapi.ts'

/** A JSON Schema (draft 2020-12) of an object: the arguments of a call. */
export type JsonSchema = { readonly [keyword: string]: unknown }

/** The ways in which a tool may describe its arguments. Gemini's own spelling, with types in capitals, is a JSON Schema too. */
export type Parameters = z.ZodType | JsonSchema | Operation

/** Arguments that fit, with the defaults of a zod schema filled in; or why they do not, for the model to mend. */
export type Checked = { args: Record<string, unknown> } | { problem: string }

export type ArgumentSchema = {
  /** What the model is told; undefined where there are no arguments. */
  declared: JsonSchema | undefined
  check(args: Record<string, unknown>): Checked
}

/** A longer one would cost more of the context than what the tool is for. */
const MOST_CHARACTERS = 20_000
const MOST_DEPTH = 32

let loaded: Ajv2020 | undefined

/** Loaded with the first JSON Schema: it is 3.5 MB and 50 ms, and many a worker has no tool that needs it. */
function validator(): Ajv2020 {
  if (loaded !== undefined) return loaded
  const ajv: typeof import('ajv/dist/2020.js') = createRequire(import.meta.url)('ajv/dist/2020.js')
  loaded = new ajv.Ajv2020({ strict: false, validateFormats: false, logger: false })
  return loaded
}

/**
 * What a tool's `parameters` come to.
 * @throws ToolError where they are none of the three forms, or do not describe an object
 */
export function argumentSchema(parameters: unknown): ArgumentSchema {
  if (parameters === undefined) return { declared: undefined, check: args => ({ args }) }
  if (parameters instanceof z.ZodType) {
    const schema = object(fromZod(parameters))
    return { declared: declarable(schema), check: args => checkedByZod(parameters, args) }
  }
  const schema = object(isOperation(parameters) ? operationSchema(parameters) : parameters)
  return { declared: declarable(schema), check: checkedBy(schema) }
}

function fromZod(type: z.ZodType): unknown {
  try {
    return z.toJSONSchema(type, { io: 'input' })
  } catch (thrown) {
    throw new ToolError(`has a zod schema that JSON Schema cannot say: ${asError(thrown).message}`)
  }
}

/** The schema in one spelling, bounded: it may come from a server or a page that we do not know. */
function object(given: unknown): JsonSchema {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new ToolError('has parameters that are no zod schema, JSON Schema or OpenAPI operation')
  const schema = plain(given, 0) as JsonSchema
  if (JSON.stringify(schema).length > MOST_CHARACTERS)
    throw new ToolError(`has a schema of more than ${MOST_CHARACTERS} characters`)
  const { type = 'object' } = schema
  if (type !== 'object')
    throw new ToolError(`has a schema of ${JSON.stringify(type)}; the arguments of a call are an object`)
  return { ...schema, type }
}

/** A copy with types in small letters and OpenAPI's `nullable` as a type of its own. */
function plain(value: unknown, depth: number): unknown {
  if (depth > MOST_DEPTH) throw new ToolError(`has a schema nested more than ${MOST_DEPTH} deep`)
  if (Array.isArray(value)) return value.map(item => plain(item, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  const copy: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) {
    const isType = key === 'type' && typeof inner === 'string'
    if (key !== '$schema' && key !== '__proto__')
      copy[key] = isType ? inner.toLowerCase() : plain(inner, depth + 1)
  }
  const { nullable, ...rest } = copy
  return nullable === true && typeof rest.type === 'string' ? { ...rest, type: [rest.type, 'null'] } : rest
}

function checkedByZod(type: z.ZodType, args: Record<string, unknown>): Checked {
  const read = type.safeParse(args)
  if (read.success) return { args: read.data as Record<string, unknown> }
  const said = read.error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  )
  return { problem: said.join('; ') }
}

function checkedBy(schema: JsonSchema): ArgumentSchema['check'] {
  const ajv = validator()
  let isValid: ReturnType<typeof ajv.compile>
  try {
    isValid = ajv.compile(schema)
  } catch (thrown) {
    throw new ToolError(`has a schema that cannot be used: ${asError(thrown).message}`)
  } finally {
    // Else it would hold every schema of every room for ever.
    ajv.removeSchema(schema)
  }
  return args =>
    isValid(args) ? { args } : { problem: ajv.errorsText(isValid.errors, { dataVar: 'arguments' }) }
}

/**
 * The keywords that the API takes: https://ai.google.dev/api/generate-content#FIELDS.response_json_schema. It refuses or ignores
 * others; those are left out of what it is told, and are checked here all the same.
 */
const known = new Set([
  ...[
    '$id',
    '$defs',
    '$ref',
    '$anchor',
    'type',
    'format',
    'title',
    'description',
    'enum',
    'items',
    'prefixItems',
  ],
  ...['minItems', 'maxItems', 'minimum', 'maximum', 'anyOf', 'oneOf', 'properties', 'additionalProperties'],
  ...['required', 'propertyOrdering'],
])
/** Under these keywords names are the author's own, not keywords. */
const named = new Set(['properties', '$defs'])

function declarable(schema: JsonSchema): JsonSchema {
  const copy: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'const') copy.enum = [value]
    else if (known.has(key)) copy[key] = named.has(key) ? mapped(value, declared) : declared(value)
  }
  return copy
}

function declared(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(declared)
  return typeof value === 'object' && value !== null ? declarable(value as JsonSchema) : value
}

function mapped(value: unknown, by: (value: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, by(inner)]))
}
