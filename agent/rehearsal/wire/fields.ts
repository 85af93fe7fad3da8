import { Refusal } from './refusal.ts'

/**
 * Reads one value of a client's JSON by the rules of proto JSON (https://protobuf.dev/programming-guides/json): names in camel
 * or snake case, bytes in either base64 alphabet with or without padding, 64-bit integers as string or number, null as unset.
 * `at` is the path so far, in snake case as Google writes it.
 * @throws Refusal 1007 in Google's words, with the path.
 */
export type Read<T> = (value: unknown, at: string) => T
export type Infer<R> = R extends Read<infer T> ? T : never
type Fields = Record<string, Read<unknown>>
export type Message<F extends Fields> = { [K in keyof F]?: Infer<F[K]> }

const snake = (name: string) => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

/** An object that may hold these fields and no others. */
export function message<F extends Fields>(fields: F): Read<Message<F>> {
  const known = new Map<string, { name: string; read: Read<unknown>; below: string }>()
  for (const [name, read] of Object.entries(fields)) {
    const field = { name, read, below: `.${snake(name)}` }
    known.set(name, field).set(snake(name), field)
  }
  return (value, at) => {
    const found: Record<string, unknown> = {}
    for (const [name, inner] of Object.entries(asObject(value, at))) {
      if (inner === null) continue
      const field = known.get(name)
      if (field === undefined) throw unknownName(name, at)
      found[field.name] = field.read(inner, at === '' ? field.below.slice(1) : at + field.below)
    }
    return found as Message<F>
  }
}

/** A message that refers to itself. */
export const later =
  <T>(read: () => Read<T>): Read<T> =>
  (value, at) =>
    read()(value, at)

export const list =
  <T>(read: Read<T>): Read<T[]> =>
  (value, at) => {
    // Proto JSON wants an array; Google takes a lone element where a list of one is meant.
    const items = Array.isArray(value) ? value : [value]
    return items.map((item, index) => read(item, `${at}[${index}]`))
  }

export const map =
  <T>(read: Read<T>): Read<Record<string, T>> =>
  (value, at) =>
    Object.fromEntries(
      Object.entries(asObject(value, at)).map(([key, inner]) => [key, read(inner, `${at}.${key}`)]),
    )

export const text: Read<string> = (value, at) => {
  if (typeof value !== 'string') throw invalidValue(at, 'TYPE_STRING', value)
  return value
}

export const bool: Read<boolean> = (value, at) => {
  if (typeof value !== 'boolean') throw invalidValue(at, 'TYPE_BOOL', value)
  return value
}

/** A 32- or 64-bit whole number. What a double cannot hold exactly is not met in practice, and refused. */
export const whole: Read<number> = (value, at) => {
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value
  if (!Number.isSafeInteger(number)) throw invalidValue(at, 'TYPE_INT64', value)
  return number as number
}

export const float: Read<number> = (value, at) => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number)) throw invalidValue(at, 'TYPE_FLOAT', value)
  return number
}

const base64 = /^[A-Za-z0-9+/_-]*={0,2}$/

export const bytes: Read<Buffer> = (value, at) => {
  if (typeof value !== 'string' || !base64.test(value) || value.replace(/=+$/, '').length % 4 === 1)
    throw invalidValue(at, 'TYPE_BYTES', typeof value === 'string' ? 'Base64 decoding failed' : value)
  return Buffer.from(value, 'base64')
}

/** One of `names`, in any case: Google takes both `STRING` and `string` for a schema's type. */
export function choice<const T extends string>(...names: readonly T[]): Read<T> {
  return (value, at) => {
    const found = typeof value === 'string' ? names.find(name => name === value.toUpperCase()) : undefined
    if (found === undefined) throw invalidValue(at, 'TYPE_ENUM', value)
    return found
  }
}

/** Any JSON value, kept as it came. */
export const anything: Read<unknown> = value => value

/** Any JSON object, kept as it came. */
export const struct: Read<Record<string, unknown>> = (value, at) => asObject(value, at)

function asObject(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidValue(at, 'TYPE_MESSAGE', value)
  return value as Record<string, unknown>
}

/** The refusal of a field that is not there. */
export function unknownName(name: string, at: string): Refusal {
  const where = at === '' ? '' : ` at '${at}'`
  return new Refusal(
    1007,
    `Invalid JSON payload received. Unknown name "${name}"${where}: Cannot find field.`,
  )
}

/** The refusal of a value that its field cannot hold. */
export function invalidValue(at: string, type: string, value: unknown): Refusal {
  const shown = JSON.stringify(value) ?? String(value)
  return new Refusal(1007, `Invalid value at '${at}' (${type}), ${shown}`)
}
