import { describe, expect, it } from 'vitest'
import { chat } from '../../../agent/ask/chat.ts'
import type { Answer } from '../../../agent/ask/dialogue.ts'
import type { Question } from '../../../agent/ask/question.ts'
import { readConfig } from '../../../agent/config.ts'
import { LiveError } from '../../../agent/errors.ts'

type Asked = { text: string | undefined; answer: PromiseWithResolvers<Answer> }

const answer = (text: string): Answer => ({ text, heard: '', audioMs: 0, tools: [], isInterrupted: false })

/** A chat whose lines and answers come when a test says so. */
function start(isTerminal: boolean) {
  const asked: Asked[] = []
  const shown: string[] = []
  let isStopped = false
  let push: (line: string | undefined) => void = () => {}
  async function* typed() {
    while (!isStopped) {
      const line = await new Promise<string | undefined>(resolve => {
        push = resolve
      })
      if (line === undefined) return
      yield line
    }
  }
  const over = chat({
    lines: typed(),
    dialogue: {
      ask: ({ text }: Question) => {
        const one = { text, answer: Promise.withResolvers<Answer>() }
        asked.push(one)
        return one.answer.promise
      },
    },
    settings: readConfig({}).live,
    means: { ffmpeg: undefined, standardInput: () => Promise.resolve(Buffer.alloc(0)), notice: () => {} },
    printer: {
      event: () => {},
      answer: ({ text }) => shown.push(text),
      tool: () => {},
      error: ({ message }) => shown.push(message),
    },
    isTerminal,
    prompt: () => {},
    stop: () => {
      isStopped = true
      push(undefined)
    },
  })
  const settle = () => new Promise(resolve => setImmediate(resolve))
  const type = async (line: string | undefined) => {
    await settle()
    push(line)
    await settle()
  }
  return { asked, shown, over, type, settle }
}

describe('a chat', () => {
  it('in a terminal sends the next line while the answer to the last one comes', async () => {
    const { asked, shown, over, type } = start(true)
    await type('one')
    await type('two')
    expect(asked.map(({ text }) => text)).toEqual(['one', 'two'])
    asked[0]!.answer.resolve(answer('First'))
    asked[1]!.answer.resolve(answer('Second'))
    await type('q')
    expect(await over).toBe(true)
    expect(shown).toEqual(['First', 'Second'])
  })

  it('of a script asks one after the other', async () => {
    const { asked, over, type, settle } = start(false)
    await type('one')
    await type('two')
    expect(asked.map(({ text }) => text)).toEqual(['one'])
    asked[0]!.answer.resolve(answer('First'))
    await settle()
    await type('two')
    asked[1]!.answer.resolve(answer('Second'))
    await type(undefined)
    expect(await over).toBe(true)
  })

  it('goes on after a trouble that passes, and tells in the end that something was left unanswered', async () => {
    const { asked, shown, over, type, settle } = start(false)
    await type('one')
    asked[0]!.answer.reject(new LiveError('timeout', 'The model did not answer in time.'))
    await settle()
    await type('two')
    asked[1]!.answer.resolve(answer('Second'))
    await type('q')
    expect(await over).toBe(false)
    expect(shown).toEqual(['The model did not answer in time.', 'Second'])
  })

  it('ends where only another setting can help', async () => {
    const { asked, over, type } = start(false)
    over.catch(() => {})
    await type('one')
    asked[0]!.answer.reject(new LiveError('key', 'Set GEMINI_API_KEY.'))
    await expect(over).rejects.toThrow('GEMINI_API_KEY')
    expect(asked).toHaveLength(1)
  })
})
