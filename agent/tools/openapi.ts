import { ToolError } from '../errors.ts'

/** An operation of an OpenAPI 3 document, as far as it tells what a call takes. */
export type Operation = {
  readonly operationId?: string
  readonly summary?: string
  readonly description?: string
  readonly parameters?: readonly unknown[]
  readonly requestBody?: unknown
  readonly responses?: unknown
}

/** An OpenAPI 3 document, as far as operations need it. */
export type OpenApiDocument = {
  readonly paths?: Readonly<Record<string, unknown>>
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> }
}

export function isOperation(value: unknown): value is Operation {
  return (
    isObject(value) && (Array.isArray(value.parameters) || 'requestBody' in value || 'responses' in value)
  )
}

/**
 * Name, description and parameters for a tool, from the operation `operationId` of `document`; what it does is up to `run`:
 * `{ ...fromOpenApi(document, 'getForecast'), run }`.
 * @throws ToolError where the document has no such operation
 */
export function fromOpenApi(
  document: OpenApiDocument,
  operationId: string,
): { name: string; description: string; parameters: { readonly [keyword: string]: unknown } } {
  for (const path of Object.values(document.paths ?? {}))
    for (const operation of Object.values(isObject(path) ? path : {}))
      if (isOperation(operation) && operation.operationId === operationId) {
        const { description, summary } = operation
        return {
          name: operationId,
          description: description ?? summary ?? '',
          parameters: operationSchema(operation, document.components?.schemas),
        }
      }
  throw new ToolError(`is to be the operation ${operationId}, which the OpenAPI document does not have`)
}

/** One object of all parameters, whatever their place, and of the fields of a JSON body; a body that is no object is `body`. */
export function operationSchema(
  operation: Operation,
  schemas: Readonly<Record<string, unknown>> = {},
): { readonly [keyword: string]: unknown } {
  const properties: Record<string, unknown> = {}
  const required: string[] = []
  for (const parameter of operation.parameters ?? []) {
    if (!isObject(parameter) || typeof parameter.name !== 'string')
      throw new ToolError(
        'has an OpenAPI parameter without a name (references to parameters are not followed)',
      )
    const { name, schema, description } = parameter
    properties[name] = {
      ...(isObject(schema) ? schema : {}),
      ...(description === undefined ? {} : { description }),
    }
    if (parameter.required === true) required.push(name)
  }
  const body = bodyOf(operation, schemas)
  if (body !== undefined) {
    const { schema, isRequired } = body
    if (isObject(schema.properties)) {
      Object.assign(properties, schema.properties)
      if (isRequired && Array.isArray(schema.required)) required.push(...schema.required)
    } else {
      properties.body = schema
      if (isRequired) required.push('body')
    }
  }
  const whole = {
    type: 'object',
    properties,
    ...(required.length > 0 ? { required: [...new Set(required)] } : {}),
  }
  return withDefinitions(whole, schemas)
}

function bodyOf(
  { requestBody }: Operation,
  schemas: Readonly<Record<string, unknown>>,
): { schema: Record<string, unknown>; isRequired: boolean } | undefined {
  if (!isObject(requestBody) || !isObject(requestBody.content)) return undefined
  const json = Object.entries(requestBody.content).find(([type]) => /\bjson\b/.test(type))?.[1]
  if (!isObject(json) || !isObject(json.schema)) return undefined
  const reference = referred(json.schema.$ref)
  const schema = reference === undefined ? json.schema : schemas[reference]
  if (!isObject(schema))
    throw new ToolError(`refers to the schema ${reference}, which the OpenAPI document does not have`)
  return { schema, isRequired: requestBody.required === true }
}

const HOME = '#/components/schemas/'
const referred = (ref: unknown) =>
  typeof ref === 'string' && ref.startsWith(HOME) ? ref.slice(HOME.length) : undefined

/** The schemas that are referred to travel along as `$defs`: the API is told of one function, not of a document. */
function withDefinitions(
  schema: Record<string, unknown>,
  schemas: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const defined: Record<string, unknown> = {}
  const moved = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(moved)
    if (!isObject(value)) return value
    const name = referred(value.$ref)
    if (name === undefined)
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, moved(inner)]))
    if (!(name in schemas))
      throw new ToolError(`refers to the schema ${name}, which the OpenAPI document does not have`)
    if (!(name in defined)) {
      // First the name, so that a schema that refers to itself ends.
      defined[name] = {}
      defined[name] = moved(schemas[name])
    }
    return { ...value, $ref: `#/$defs/${name}` }
  }
  const whole = moved(schema) as Record<string, unknown>
  return Object.keys(defined).length > 0 ? { ...whole, $defs: defined } : whole
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
