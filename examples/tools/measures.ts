import { randomInt } from 'node:crypto'
import type { Tool } from 'roundtable'

/*
 * Sums that a model gets wrong and chance that it cannot have: measures converted exactly, dice thrown fairly, somebody
 * at the table chosen. No network, no state. Use it with TOOLS=./examples/tools/measures.ts. The arguments are described by
 * plain JSON Schema here.
 */

/** Each unit in the base of its kind: metres, kilograms, litres, metres a second. */
const units: Record<string, { kind: string; size: number }> = {
  mm: { kind: 'length', size: 0.001 },
  cm: { kind: 'length', size: 0.01 },
  m: { kind: 'length', size: 1 },
  km: { kind: 'length', size: 1000 },
  inch: { kind: 'length', size: 0.0254 },
  foot: { kind: 'length', size: 0.3048 },
  yard: { kind: 'length', size: 0.9144 },
  mile: { kind: 'length', size: 1609.344 },
  g: { kind: 'mass', size: 0.001 },
  kg: { kind: 'mass', size: 1 },
  ounce: { kind: 'mass', size: 0.028349523125 },
  pound: { kind: 'mass', size: 0.45359237 },
  ml: { kind: 'volume', size: 0.001 },
  l: { kind: 'volume', size: 1 },
  us_cup: { kind: 'volume', size: 0.2365882365 },
  us_pint: { kind: 'volume', size: 0.473176473 },
  imperial_pint: { kind: 'volume', size: 0.56826125 },
  us_gallon: { kind: 'volume', size: 3.785411784 },
  kmh: { kind: 'speed', size: 1 / 3.6 },
  mph: { kind: 'speed', size: 0.44704 },
  knot: { kind: 'speed', size: 1852 / 3600 },
}

/** From and to kelvin. */
const temperatures: Record<string, { in: (value: number) => number; out: (kelvin: number) => number }> = {
  celsius: { in: value => value + 273.15, out: kelvin => kelvin - 273.15 },
  fahrenheit: {
    in: value => ((value - 32) * 5) / 9 + 273.15,
    out: kelvin => ((kelvin - 273.15) * 9) / 5 + 32,
  },
  kelvin: { in: value => value, out: kelvin => kelvin },
}

const known = [...Object.keys(units), ...Object.keys(temperatures)]

export function convert(value: number, from: string, to: string): number {
  const [a, b] = [temperatures[from], temperatures[to]]
  if (a && b) return b.out(a.in(value))
  const [x, y] = [units[from], units[to]]
  if (!x || !y || x.kind !== y.kind) throw new Error(`${from} cannot be told in ${to}`)
  return (value * x.size) / y.size
}

export const convertMeasure = {
  name: 'convert_measure',
  description:
    'Converts a length, mass, volume, speed or temperature exactly. Call it rather than reckoning yourself.',
  parameters: {
    type: 'object',
    properties: {
      value: { type: 'number' },
      from: { type: 'string', enum: known },
      to: { type: 'string', enum: known },
    },
    required: ['value', 'from', 'to'],
    additionalProperties: false,
  },
  line: ({ from, to }) => `converted ${from} to ${to}`,
  run: ({ value, from, to }) => ({ value: Number(convert(value, from, to).toPrecision(8)), unit: to }),
} satisfies Tool<{ value: number; from: string; to: string }>

export const throwDice = {
  name: 'throw_dice',
  description:
    'Throws dice fairly. Call it whenever somebody wants dice, a coin (two sides) or a number by chance.',
  parameters: {
    type: 'object',
    properties: {
      count: { type: 'integer', minimum: 1, maximum: 20 },
      sides: { type: 'integer', minimum: 2, maximum: 1000 },
    },
    required: ['count', 'sides'],
  },
  // Twice the same throw in a row is what people do with dice.
  repeats: true,
  line: ({ count, sides }) => `threw ${count} of ${sides} sides`,
  run({ count, sides }) {
    const thrown = Array.from({ length: count }, () => randomInt(1, sides + 1))
    return { thrown, sum: thrown.reduce((a, b) => a + b, 0) }
  },
} satisfies Tool<{ count: number; sides: number }>

export const chooseSomebody = {
  name: 'choose_somebody',
  description: 'Chooses one of the people at the table by chance, such as for who begins.',
  repeats: true,
  line: 'chose somebody',
  run(_, { people }) {
    const all = people()
    return { chosen: all[randomInt(0, Math.max(1, all.length))]?.name ?? 'nobody is here' }
  },
} satisfies Tool
