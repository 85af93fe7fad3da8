import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ToolError } from '../../../agent/errors.ts'
import { modelProfile, models } from '../../../agent/live/models.ts'
import { fromOpenApi } from '../../../agent/tools/openapi.ts'
import { problemsOf, Registry } from '../../../agent/tools/registry.ts'
import { readyTool, type Tool } from '../../../agent/tools/tool.ts'

const tool = (more: object = {}): Tool => ({ name: 'get', description: 'gets', run: () => 1, ...more })
const ready = (more: object = {}) => readyTool(tool(more), './a.ts')
const declared = (parameters: unknown) => ready({ parameters }).schema.declared
const check = (parameters: unknown, args: Record<string, unknown>) => ready({ parameters }).schema.check(args)

function refusal(given: unknown): string {
  try {
    readyTool(given, './a.ts')
  } catch (thrown) {
    if (thrown instanceof ToolError) return thrown.message
    throw thrown
  }
  return ''
}

describe('what is no tool', () => {
  it.each([
    ['null', null, 'The tool without a name of ./a.ts needs a name'],
    ['a name that begins with a digit', tool({ name: '1st' }), 'The tool "1st" of ./a.ts needs a name'],
    ['a name of other letters', tool({ name: 'füge' }), 'needs a name'],
    ['no description', tool({ description: ' ' }), 'has no description'],
    ['no run', tool({ run: 'rm' }), 'has no function run'],
    [
      'an unknown behaviour',
      tool({ behaviour: 'LATER' }),
      'has the behaviour "LATER"; use one of BLOCKING, NON_BLOCKING',
    ],
    ['an unknown scheduling', tool({ scheduling: 'SOON' }), 'use one of INTERRUPT, WHEN_IDLE, SILENT'],
    ['a deadline that is none', tool({ deadlineMs: Number.NaN }), 'deadlineMs NaN'],
    ['a schema of a text', tool({ parameters: z.string() }), 'has a schema of "string"'],
    ['a text for a schema', tool({ parameters: 'city' }), 'no zod schema, JSON Schema or OpenAPI operation'],
    [
      'a schema that is none',
      tool({ parameters: { type: 'object', properties: { a: { type: 'text' } } } }),
      'cannot be used',
    ],
    [
      'a zod schema that JSON knows not',
      tool({ parameters: z.object({ at: z.date() }) }),
      'JSON Schema cannot say',
    ],
    [
      'a huge schema',
      tool({ parameters: { description: 'x'.repeat(30_000) } }),
      'more than 20000 characters',
    ],
  ])('%s is told in a sentence', (_, given, words) => {
    expect(refusal(given)).toContain(words)
  })

  it('a schema without a bottom neither', () => {
    const ring: Record<string, unknown> = { type: 'object' }
    ring.properties = { ring }
    expect(refusal(tool({ parameters: ring }))).toContain('nested more than 32 deep')
  })
})

describe('parameters', () => {
  it('may be a zod schema, whose defaults are filled in', () => {
    const parameters = z.object({ city: z.string().describe('Where'), days: z.number().int().default(3) })
    expect(declared(parameters)).toMatchObject({
      type: 'object',
      properties: { city: { type: 'string', description: 'Where' }, days: { type: 'integer' } },
      required: ['city'],
    })
    expect(check(parameters, { city: 'Oslo' })).toEqual({ args: { city: 'Oslo', days: 3 } })
    expect(check(parameters, { city: 1 })).toHaveProperty('problem')
  })

  it('may be a JSON Schema, of which the API is told what it knows and the rest is checked here', () => {
    const parameters = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      properties: { pattern: { type: 'string', pattern: '^a', minLength: 2 }, kind: { const: 'x' } },
      additionalProperties: false,
    }
    expect(declared(parameters)).toEqual({
      type: 'object',
      properties: { pattern: { type: 'string' }, kind: { enum: ['x'] } },
      additionalProperties: false,
    })
    expect(check(parameters, { pattern: 'ab' })).toHaveProperty('args')
    expect(check(parameters, { pattern: 'b' })).toHaveProperty('problem')
    expect(check(parameters, { other: 1 })).toHaveProperty('problem')
  })

  it("may be in Gemini's own spelling", () => {
    const parameters = { type: 'OBJECT', properties: { n: { type: 'INTEGER', nullable: true } } }
    expect(declared(parameters)).toEqual({
      type: 'object',
      properties: { n: { type: ['integer', 'null'] } },
    })
    expect(check(parameters, { n: null })).toHaveProperty('args')
  })

  it('may be an operation of an OpenAPI document, with what it refers to', () => {
    const document = {
      paths: {
        '/trips/{id}': {
          parameters: [],
          post: {
            operationId: 'bookTrip',
            summary: 'Books a trip.',
            parameters: [
              { name: 'id', in: 'path', required: true, description: 'The trip', schema: { type: 'string' } },
              { name: 'notify', in: 'query', schema: { type: 'boolean' } },
            ],
            requestBody: {
              required: true,
              content: { 'application/json': { schema: { $ref: '#/components/schemas/Booking' } } },
            },
          },
        },
      },
      components: {
        schemas: {
          Booking: {
            type: 'object',
            required: ['seats'],
            properties: {
              seats: { type: 'integer', minimum: 1 },
              with: { type: 'array', items: { $ref: '#/components/schemas/Person' } },
            },
          },
          Person: { type: 'object', properties: { friend: { $ref: '#/components/schemas/Person' } } },
          Unused: {},
        },
      },
    }
    const from = fromOpenApi(document, 'bookTrip')
    expect(from).toMatchObject({ name: 'bookTrip', description: 'Books a trip.' })
    const { schema } = readyTool({ ...from, run: () => 1 }, 'test')
    expect(schema.declared).toMatchObject({
      properties: { id: { type: 'string', description: 'The trip' }, seats: { type: 'integer' } },
      required: ['id', 'seats'],
      $defs: { Person: { properties: { friend: { $ref: '#/$defs/Person' } } } },
    })
    expect(schema.declared).not.toHaveProperty('$defs.Unused')
    expect(schema.check({ id: 'a', seats: 2, with: [{ friend: {} }] })).toHaveProperty('args')
    expect(schema.check({ id: 'a', seats: 0 })).toHaveProperty('problem')
    expect(schema.check({ id: 'a', seats: 1, with: [{ friend: 'Bo' }] })).toHaveProperty('problem')
    expect(() => fromOpenApi(document, 'other')).toThrow('the operation other')
    // As it stands in the document, where it refers to nothing.
    const bare = { ...document.paths['/trips/{id}'].post, requestBody: undefined }
    expect(check(bare, { notify: true })).toHaveProperty('problem')
  })

  it('may be left out', () => {
    expect(ready().schema.declared).toBeUndefined()
    expect(ready().schema.check({ any: 1 })).toEqual({ args: { any: 1 } })
  })
})

describe('the line people read', () => {
  it.each([
    [undefined, 'used get'],
    ['looked up the weather', 'looked up the weather'],
    [({ city }: { city: string }) => `looked at ${city}`, 'looked at Oslo'],
    ['two\nlines\u202E', 'two lines'],
    ['x'.repeat(500), 'x'.repeat(120)],
    [
      () => {
        throw new Error('no')
      },
      'used get',
    ],
    [() => 7, 'used get'],
  ])('of %j is "%s"', (line, expected) => {
    expect(ready({ line }).line({ city: 'Oslo' })).toBe(expected)
  })
})

describe('the tools of a conversation', () => {
  it('have a name each', () => {
    const registry = new Registry([ready()])
    expect(() => registry.add(readyTool(tool(), './b.ts'))).toThrow(
      'The tool "get" of ./b.ts has the name of one of ./a.ts',
    )
  })

  it('are a hundred at most', () => {
    const registry = new Registry(Array.from({ length: 100 }, (_, i) => ready({ name: `t${i}` })))
    expect(() => registry.add(ready())).toThrow('one too many')
  })

  const conversing = models.filter(({ kind, status }) => kind === 'conversation' && status !== 'shut-down')
  it.each(conversing.map(({ id }) => id))('are declared to %s as it takes them', id => {
    const profile = modelProfile(id)!
    const tools = [
      ready(),
      ready({ name: 'slow', behaviour: 'NON_BLOCKING' }),
      ready({ name: 'quick', behaviour: 'BLOCKING' }),
    ]
    for (const { behavior } of new Registry(tools).declarations(profile))
      expect([undefined, ...profile.toolBehaviours]).toContain(behavior)
    const missing = ['NON_BLOCKING', 'BLOCKING'].filter(
      one => !profile.toolBehaviours.includes(one as 'BLOCKING'),
    )
    expect(problemsOf(tools, profile)).toEqual(
      missing.map(one =>
        expect.stringMatching(new RegExp(`is ${one}; ${id} takes .* calls only: leave behaviour out`)),
      ),
    )
  })

  it('are not declared to a model that takes none, and that is said', () => {
    const profile = modelProfile('gemini-3.5-live-translate-preview')!
    expect(new Registry([ready()]).declarations(profile)).toEqual([])
    expect(problemsOf([ready()], profile)).toEqual([
      'the tool "get" of ./a.ts cannot be used: gemini-3.5-live-translate-preview takes no tools',
    ])
  })

  it('may say no scheduling where the model knows none', () => {
    const profile = modelProfile('gemini-3.8-live-extended-thinking')!
    expect(problemsOf([ready({ scheduling: 'SILENT' })], profile)[0]).toContain('does not know: leave it out')
  })
})
