type AnySchema = Record<string, unknown>

/**
 * A value that a schema allows, of the API's own kind (`type: 'OBJECT'`) or a JSON Schema (`type: 'object'`): defaults, examples and
 * first choices where there are any, `words` for a plain text. Objects get all their properties.
 */
export function fitting(schema: unknown, words: string, depth = 0): unknown {
  if (typeof schema !== 'object' || schema === null || depth > 8) return {}
  const known = schema as AnySchema
  for (const given of [known.default, known.example, known.const]) if (given !== undefined) return given
  for (const list of [known.examples, known.enum])
    if (Array.isArray(list) && list.length > 0) return numberWhereAsked(list[0], typeOf(known))
  const [alternative] = [known.anyOf, known.oneOf].filter(Array.isArray).flat()
  if (alternative !== undefined) return fitting(alternative, words, depth + 1)
  switch (typeOf(known)) {
    case 'object':
      return Object.fromEntries(
        Object.entries((known.properties ?? {}) as AnySchema).map(([name, inner]) => [
          name,
          fitting(inner, words, depth + 1),
        ]),
      )
    case 'array':
      return Array.from({ length: Math.min(50, numberOr(known.minItems, 1)) }, () =>
        fitting(known.items ?? {}, words, depth + 1),
      )
    case 'string':
      return fittingText(known, words)
    case 'integer':
      return Math.ceil(fittingNumber(known, 1))
    case 'number':
      return fittingNumber(known, 0.5)
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return words
  }
}

function typeOf({ type, properties }: AnySchema): string | undefined {
  const first = Array.isArray(type) ? type[0] : type
  if (typeof first === 'string') return first.toLowerCase()
  return properties === undefined ? undefined : 'object'
}

/** The API's enums are texts, also those of whole numbers. */
function numberWhereAsked(value: unknown, type: string | undefined): unknown {
  return (type === 'integer' || type === 'number') && typeof value === 'string' ? Number(value) : value
}

function fittingText({ format, minLength, maxLength }: AnySchema, words: string): string {
  if (format === 'date-time') return '2026-01-01T12:00:00Z'
  if (format === 'date') return '2026-01-01'
  const least = numberOr(minLength, 0)
  return words.slice(0, numberOr(maxLength, 200)).padEnd(least, '.')
}

function fittingNumber({ minimum, maximum }: AnySchema, unset: number): number {
  return Math.min(numberOr(maximum, Number.POSITIVE_INFINITY), Math.max(numberOr(minimum, unset), unset))
}

function numberOr(value: unknown, unset: number): number {
  return typeof value === 'number' ? value : unset
}
