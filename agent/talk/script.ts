import { plain } from '../ask/printer.ts'
import type { LiveError } from '../errors.ts'
import type { LiveEvent } from '../live/events.ts'
import type { CallNews } from '../tools/runner.ts'

/** What is said, written down as it is said. */
export type Script = {
  event(event: LiveEvent): void
  /** A tool is at work, or was. */
  tool(news: CallNews): void
  /** The session is open, or open again. */
  up(): void
  /** The session is gone and will be tried again. */
  down(error: LiveError): void
}

type Write = (text: string) => void

/** `You:` and `Agent:`, for people. */
export function wordsScript(out: Write, err: Write): Script {
  let line: 'nobody' | 'You' | 'Agent' = 'nobody'
  let isDown = false
  const end = (words = '') => {
    if (line !== 'nobody') out(`${words}\n`)
    line = 'nobody'
  }
  const say = (who: 'You' | 'Agent', text: string) => {
    if (line !== who) {
      end()
      out(`${who}: `)
      line = who
      out(plain(text).trimStart())
    } else out(plain(text))
  }
  return {
    event(event) {
      if (event.type === 'heard') say('You', event.text)
      else if (event.type === 'said') say('Agent', event.text)
      else if (event.type === 'interrupted' && line === 'Agent') end(' (interrupted)')
      else if (event.type === 'turnComplete') end()
    },
    tool({ state, line: what }) {
      if (state === 'started') return
      end()
      err(`(${plain(what)}${state === 'done' ? '' : `: ${state}`})\n`)
    },
    up() {
      if (isDown) err('The model is back.\n')
      isDown = false
    },
    down(error) {
      end()
      if (!isDown) err(`${error.message}\n`)
      isDown = true
    },
  }
}

/** A line of JSON for each turn that had words, for scripts. */
export function jsonScript(out: Write, err: Write): Script {
  let turn = { heard: '', text: '', interrupted: false }
  const line = (value: unknown) => out(`${JSON.stringify(value)}\n`)
  return {
    event(event) {
      if (event.type === 'heard') turn.heard += event.text
      else if (event.type === 'said') turn.text += event.text
      else if (event.type === 'interrupted') turn.interrupted = true
      else if (event.type === 'turnComplete') {
        if (turn.heard + turn.text !== '') line(turn)
        turn = { heard: '', text: '', interrupted: false }
      }
    },
    tool: () => {},
    up: () => {},
    down(error) {
      line({ error: { kind: error.kind, message: error.message } })
      err(`${error.message}\n`)
    },
  }
}
