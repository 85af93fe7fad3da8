import { ConfigError, LiveError } from '../errors.ts'
import type { LiveEvent } from '../live/events.ts'
import type { CallNews } from '../tools/runner.ts'
import type { Answer } from './dialogue.ts'
import { UsageError } from './usage-error.ts'

/** Where answers are shown. */
export type Printer = {
  /** A fact of the answer under way. */
  event(event: LiveEvent): void
  answer(answer: Answer): void
  /** A tool is at work, or was. */
  tool(news: CallNews): void
  /** A question was not answered, or the program cannot go on. */
  error(error: Error): void
}

type Write = (text: string) => void

/** Words as they come, for people; errors as a sentence on the other channel. */
export function wordsPrinter(out: Write, err: Write): Printer {
  let isMidLine = false
  const endLine = () => {
    if (isMidLine) out('\n')
    isMidLine = false
  }
  return {
    event(event) {
      if (event.type === 'said') {
        const text = plain(event.text)
        out(text)
        isMidLine = text === '' ? isMidLine : !text.endsWith('\n')
      } else if (event.type === 'interrupted' && isMidLine) {
        out(' (interrupted)')
        endLine()
      }
    },
    answer({ isInterrupted }) {
      if (isInterrupted && isMidLine) out(' (interrupted)')
      endLine()
    },
    tool({ state, line }) {
      if (state === 'started') return
      endLine()
      err(`(${plain(line)}${state === 'done' ? '' : `: ${state}`})\n`)
    },
    error(error) {
      endLine()
      err(`${error.message}\n`)
    },
  }
}

/** A line of JSON for each answer or error, for scripts. */
export function jsonPrinter(out: Write, err: Write, file: string | undefined): Printer {
  const line = (value: unknown) => out(`${JSON.stringify(value)}\n`)
  return {
    event: () => {},
    answer({ text, heard, audioMs, tools, isInterrupted }) {
      line({ text, heard, audioMs: Math.round(audioMs), tools, interrupted: isInterrupted, out: file })
    },
    tool: () => {},
    error(error) {
      line({ error: { kind: kindOf(error), message: error.message } })
      err(`${error.message}\n`)
    },
  }
}

function kindOf(error: Error): string {
  if (error instanceof LiveError) return error.kind
  if (error instanceof ConfigError) return 'settings'
  return error instanceof UsageError ? 'usage' : 'failure'
}

/** Words from outside, without what a terminal would obey. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, one => (one === '\n' || one === '\t' ? one : ''))
}
