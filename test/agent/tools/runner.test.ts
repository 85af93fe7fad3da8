import { beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import type { ToolAnswer } from '../../../agent/live/declaration.ts'
import type { ToolCall } from '../../../agent/live/events.ts'
import { modelProfile } from '../../../agent/live/models.ts'
import { Log } from '../../../agent/log.ts'
import { Stats } from '../../../agent/stats.ts'
import { Registry } from '../../../agent/tools/registry.ts'
import { type CallNews, Runner } from '../../../agent/tools/runner.ts'
import { Answer, defineTool, readyTool, type Tool } from '../../../agent/tools/tool.ts'
import { FakeClock } from '../../fakes/clock.ts'

let clock: FakeClock
let stats: Stats
let answers: { call: ToolCall; answer: ToolAnswer }[]
let shown: CallNews[]
let logged: string

beforeEach(() => {
  clock = new FakeClock()
  stats = new Stats()
  answers = []
  shown = []
  logged = ''
})

function running(tools: Tool[], model = 'gemini-3.8-live'): Runner {
  return new Runner({
    registry: new Registry(tools.map(tool => readyTool(tool, 'test'))),
    profile: () => modelProfile(model)!,
    context: { room: 'kitchen', people: () => [{ identity: 'ana', name: 'Ana' }], asker: () => 'ana' },
    clock,
    log: new Log({}, 'debug', line => (logged += line)),
    stats,
    answer: (call, answer) => answers.push({ call, answer }),
    show: news => shown.push(news),
  })
}

const call = (id: string, name: string, args: Record<string, unknown> = {}): ToolCall => ({ id, name, args })
const settled = () => new Promise<void>(resolve => setImmediate(resolve))
const saysIn = (answer: ToolAnswer | undefined) => JSON.stringify(answer?.response)

/** A tool whose runs the test ends by hand. */
function byHand(more: Partial<Tool> = {}) {
  const runs: {
    args: unknown
    signal: AbortSignal
    done: (value: unknown) => void
    fail: (why: unknown) => void
  }[] = []
  const tool: Tool = {
    name: 'wait',
    description: 'waits',
    ...more,
    run: (args, { signal }) =>
      new Promise((done, fail) => {
        runs.push({ args, signal, done, fail })
      }),
  }
  return { tool, runs }
}

describe('a call', () => {
  it('is answered with what the tool gives, and shown as started and done in one quiet line', async () => {
    const tool = defineTool({
      name: 'add',
      description: 'adds',
      parameters: z.object({ a: z.number(), b: z.number().default(1) }),
      line: ({ a }) => `added something to ${a}`,
      run: ({ a, b }, { room, people, asker }) => ({
        sum: a + b,
        room,
        who: people()[0]?.name,
        asker: asker(),
      }),
    })
    running([tool]).call([call('1', 'add', { a: 2 })])
    await settled()
    expect(answers).toEqual([
      {
        call: call('1', 'add', { a: 2 }),
        answer: { response: { sum: 3, room: 'kitchen', who: 'Ana', asker: 'ana' } },
      },
    ])
    const line = 'added something to 2'
    expect(shown).toEqual([
      { id: '1', name: 'add', state: 'started', line },
      { id: '1', name: 'add', state: 'done', line },
    ])
    expect(logged).toContain('"tool":"add"')
    expect(logged).not.toContain('sum')
    expect(clock.pending).toBe(1)
    clock.pass(2_000)
    expect(clock.pending).toBe(0)
  })

  it('runs beside the others of its message, and each is answered when it is done', async () => {
    const { tool, runs } = byHand({ repeats: true })
    running([tool]).call([call('1', 'wait'), call('2', 'wait')])
    await settled()
    expect(runs).toHaveLength(2)
    runs[1]!.done('second')
    await settled()
    runs[0]!.done('first')
    await settled()
    expect(answers.map(({ call: { id }, answer }) => [id, answer.response])).toEqual([
      ['2', { output: 'second' }],
      ['1', { output: 'first' }],
    ])
  })

  it('of a tool that is not there is answered so', async () => {
    running([]).call([call('1', 'sing')])
    await settled()
    expect(answers[0]?.answer).toEqual({ response: { error: 'there is no tool named sing' } })
    expect(shown.map(({ state }) => state)).toEqual(['failed'])
  })

  it('with arguments that do not fit is not run, and the model is told what does not', async () => {
    const run = vi.fn()
    const zod = defineTool({ name: 'a', description: 'd', parameters: z.object({ n: z.number() }), run })
    const json = defineTool({
      name: 'b',
      description: 'd',
      parameters: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] },
      run,
    })
    running([zod, json]).call([call('1', 'a', { n: 'x' }), call('2', 'b', { n: 1.5 })])
    await settled()
    expect(run).not.toHaveBeenCalled()
    expect(saysIn(answers[0]?.answer)).toMatch(/do not fit: n: .*number/)
    expect(saysIn(answers[1]?.answer)).toContain('arguments/n must be integer')
  })

  it.each([
    ['an Error', new Error('the oven is off'), 'the oven is off'],
    ['an Error without words', new TypeError(), 'TypeError'],
    ['a text', 'no flour', 'no flour'],
    ['an object', { code: 7 }, '{\\"code\\":7}'],
    ['nothing', undefined, 'said nothing'],
  ])('whose tool throws %s is answered in words', async (_, thrown, words) => {
    const tool: Tool = {
      name: 'fail',
      description: 'fails',
      run() {
        throw thrown
      },
    }
    running([tool]).call([call('1', 'fail')])
    await settled()
    expect(saysIn(answers[0]?.answer)).toContain(words)
    expect(answers[0]?.answer.response).toHaveProperty('error')
    expect(shown.at(-1)?.state).toBe('failed')
  })

  it('that brings a megabyte is cut, and says that it is', async () => {
    running([{ name: 'read', description: 'd', run: () => 'x'.repeat(1_000_000) }]).call([call('1', 'read')])
    await settled()
    const said = saysIn(answers[0]?.answer)
    expect(said.length).toBeLessThan(21_000)
    expect(said).toContain('1000000 characters long')
    expect(stats.get('tool_results_cut')).toBe(1)
  })

  it.each([
    ['a list', [1, 2], { output: [1, 2] }],
    ['a number', 7, { output: 7 }],
    ['nothing', undefined, { output: 'done' }],
    ['null', null, { output: null }],
    ['a function', () => 1, { output: 'done' }],
    ['a bigint in an object', { n: 12n }, { n: '12' }],
    ['a map', new Map([['a', 1]]), { output: [['a', 1]] }],
  ])('that brings %s is an object for the API', async (_, given, response) => {
    running([{ name: 'get', description: 'd', run: () => given }]).call([call('1', 'get')])
    await settled()
    expect(answers[0]?.answer.response).toEqual(response)
  })

  it('that brings what is no JSON is a failure in words', async () => {
    const ring: Record<string, unknown> = {}
    ring.self = ring
    running([{ name: 'get', description: 'd', run: () => ring }]).call([call('1', 'get')])
    await settled()
    expect(saysIn(answers[0]?.answer)).toContain('no JSON')
  })

  it('beyond sixteen under way is answered at once', async () => {
    const { tool, runs } = byHand({ repeats: true })
    running([tool]).call(Array.from({ length: 18 }, (_, i) => call(`${i}`, 'wait')))
    await settled()
    expect(runs).toHaveLength(16)
    expect(answers).toHaveLength(2)
    expect(saysIn(answers[0]?.answer)).toContain('16 calls are under way')
  })
})

describe('a tool that hangs', () => {
  it('is told to stop at its deadline, and its call is answered; what it gives later is let go', async () => {
    const { tool, runs } = byHand({ deadlineMs: 3_000 })
    running([tool]).call([call('1', 'wait')])
    await settled()
    clock.pass(2_999)
    await settled()
    expect(answers).toEqual([])
    clock.pass(1)
    await settled()
    expect(runs[0]!.signal.aborted).toBe(true)
    expect(answers[0]?.answer).toEqual({ response: { error: 'wait did not finish within 3 s' } })
    runs[0]!.done('late')
    await settled()
    expect(answers).toHaveLength(1)
  })

  it.each([
    ['BLOCKING', 15_000],
    ['NON_BLOCKING', 60_000],
  ] as const)('when it is %s has %i ms unless it says otherwise', async (behaviour, ms) => {
    const { tool } = byHand({ behaviour })
    running([tool]).call([call('1', 'wait')])
    await settled()
    clock.pass(ms - 1)
    await settled()
    expect(answers).toEqual([])
    clock.pass(1)
    await settled()
    expect(answers).toHaveLength(1)
  })

  it('never silences the model for more than 50 s, whatever it asks for', async () => {
    const { tool } = byHand({ behaviour: 'BLOCKING', deadlineMs: 3_600_000 })
    running([tool]).call([call('1', 'wait')])
    await settled()
    clock.pass(50_000)
    await settled()
    expect(saysIn(answers[0]?.answer)).toContain('within 50 s')
  })

  it('leaves the others of its message alone', async () => {
    const { tool } = byHand()
    running([tool, { name: 'get', description: 'd', run: () => 1 }]).call([
      call('1', 'wait'),
      call('2', 'get'),
    ])
    await settled()
    expect(answers.map(({ call: { id } }) => id)).toEqual(['2'])
  })
})

describe('a cancelled call', () => {
  it('is aborted and never answers', async () => {
    const { tool, runs } = byHand()
    const runner = running([tool])
    runner.call([call('1', 'wait')])
    await settled()
    runner.cancel(['1', 'unknown'])
    await settled()
    expect(runs[0]!.signal.aborted).toBe(true)
    runs[0]!.done('too late')
    await settled()
    clock.pass(100_000)
    await settled()
    expect(answers).toEqual([])
    expect(shown.map(({ state }) => state)).toEqual(['started', 'cancelled'])
  })

  it('may be asked for again at once', async () => {
    const { tool, runs } = byHand()
    const runner = running([tool])
    runner.call([call('1', 'wait')])
    await settled()
    runner.cancel(['1'])
    runner.call([call('2', 'wait')])
    await settled()
    runs[1]!.done('again')
    await settled()
    expect(answers.map(({ call: { id } }) => id)).toEqual(['2'])
  })

  it('that throws because of it stays silent too', async () => {
    const tool: Tool = {
      name: 'wait',
      description: 'd',
      run: (_, { signal }) =>
        new Promise((_, fail) => signal.addEventListener('abort', () => fail(signal.reason))),
    }
    const runner = running([tool])
    runner.call([call('1', 'wait')])
    await settled()
    runner.cancel(['1'])
    await settled()
    expect(answers).toEqual([])
  })
})

describe('the end of the conversation', () => {
  it('aborts what runs, answers nothing and leaves no timer', async () => {
    const { tool, runs } = byHand()
    const runner = running([tool])
    runner.call([call('1', 'wait')])
    await settled()
    await runner.close()
    runs[0]!.done(1)
    await settled()
    expect(runs[0]!.signal.aborted).toBe(true)
    expect(answers).toEqual([])
    expect(clock.pending).toBe(0)
  })
})

describe('the same call again', () => {
  const dice = () => {
    let throws = 0
    return { name: 'dice', description: 'd', run: () => ++throws }
  }

  it('under another id shares the first answer, and is spoken about once', async () => {
    const { tool, runs } = byHand()
    const runner = running([tool])
    runner.call([call('1', 'wait', { a: 1, b: { c: 2, d: 3 } })])
    clock.pass(500)
    runner.call([call('2', 'wait', { b: { d: 3, c: 2 }, a: 1 })])
    await settled()
    expect(runs).toHaveLength(1)
    runs[0]!.done('once')
    await settled()
    expect(answers.map(({ call: { id }, answer }) => [id, answer])).toEqual([
      ['1', { response: { output: 'once' } }],
      ['2', { response: { output: 'once' }, scheduling: 'SILENT' }],
    ])
    expect(stats.get('tool_calls_repeated')).toBe(1)
  })

  it('is the same too when the first is answered already, for two seconds', async () => {
    const runner = running([dice()])
    runner.call([call('1', 'dice')])
    await settled()
    clock.pass(1_999)
    runner.call([call('2', 'dice')])
    await settled()
    clock.pass(1)
    runner.call([call('3', 'dice')])
    await settled()
    expect(answers.map(({ answer }) => answer.response.output)).toEqual([1, 1, 2])
  })

  it('in one message is meant', async () => {
    running([dice()]).call([call('1', 'dice'), call('2', 'dice')])
    await settled()
    expect(answers.map(({ answer }) => answer.response.output)).toEqual([1, 2])
  })

  it('is meant where the tool says so', async () => {
    const runner = running([{ ...dice(), repeats: true }])
    runner.call([call('1', 'dice')])
    runner.call([call('2', 'dice')])
    await settled()
    expect(answers.map(({ answer }) => answer.response.output)).toEqual([1, 2])
  })

  it('under the same id is not run twice', async () => {
    const { tool, runs } = byHand()
    const runner = running([tool])
    runner.call([call('1', 'wait')])
    runner.call([call('1', 'wait')])
    await settled()
    expect(runs).toHaveLength(1)
  })

  it('may be cancelled by itself', async () => {
    const { tool, runs } = byHand()
    const runner = running([tool])
    runner.call([call('1', 'wait')])
    runner.call([call('2', 'wait')])
    runner.cancel(['2'])
    await settled()
    runs[0]!.done(1)
    await settled()
    expect(answers.map(({ call: { id } }) => id)).toEqual(['1'])
  })
})

describe('scheduling', () => {
  const tool: Tool = { name: 'get', description: 'd', scheduling: 'INTERRUPT', run: () => 1 }

  it.each([
    ['gemini-3.8-live', 'INTERRUPT'],
    // A call that the model waits for is spoken about when it is answered.
    ['gemini-3.1-flash-live-preview', undefined],
    ['gemini-3.8-live-extended-thinking', undefined],
  ])('on %s is %s', async (model, expected) => {
    running([tool], model).call([call('1', 'get')])
    await settled()
    expect(answers[0]?.answer.scheduling).toBe(expected)
  })

  it('may be said by an answer itself', async () => {
    running([{ ...tool, run: () => new Answer('hush', 'SILENT') }]).call([call('1', 'get')])
    await settled()
    expect(answers[0]?.answer).toEqual({ response: { output: 'hush' }, scheduling: 'SILENT' })
  })

  it('is left out of a BLOCKING call', async () => {
    running([{ ...tool, behaviour: 'BLOCKING' }]).call([call('1', 'get')])
    await settled()
    expect(answers[0]?.answer.scheduling).toBeUndefined()
  })
})

describe('a tool that answers in parts', () => {
  const counting = (parts: number, returned?: unknown): Tool => ({
    name: 'count',
    description: 'd',
    async *run() {
      for (let i = 1; i <= parts; i++) yield i
      return returned
    },
  })

  it('has each part sent as it comes, and a last one that is silent', async () => {
    running([counting(2)]).call([call('1', 'count')])
    await settled()
    expect(answers.map(({ answer }) => answer)).toEqual([
      { response: { output: 1 }, willContinue: true },
      { response: { output: 2 }, willContinue: true },
      { response: { output: 'That was all.' }, scheduling: 'SILENT' },
    ])
  })

  it('ends with what it returns', async () => {
    running([counting(1, 'ready')]).call([call('1', 'count')])
    await settled()
    expect(answers.at(-1)?.answer).toEqual({ response: { output: 'ready' } })
  })

  it('is answered once, with all of it, where the model waits', async () => {
    running([counting(2, 3)], 'gemini-3.1-flash-live-preview').call([call('1', 'count')])
    await settled()
    expect(answers.map(({ answer }) => answer)).toEqual([{ response: { output: [1, 2, 3] } }])
  })

  it('is stopped after twenty', async () => {
    running([counting(1_000)]).call([call('1', 'count')])
    await settled()
    expect(answers).toHaveLength(21)
    expect(saysIn(answers.at(-1)?.answer)).toContain('more than 20 answers')
  })

  it('stops when it is cancelled', async () => {
    let isOver = false
    const gate = Promise.withResolvers<void>()
    const tool: Tool = {
      name: 'count',
      description: 'd',
      async *run() {
        try {
          yield 1
          await gate.promise
          yield 2
        } finally {
          isOver = true
        }
      },
    }
    const runner = running([tool])
    runner.call([call('1', 'count')])
    await settled()
    runner.cancel(['1'])
    gate.resolve()
    await settled()
    expect(answers).toHaveLength(1)
    expect(isOver).toBe(true)
  })
})
