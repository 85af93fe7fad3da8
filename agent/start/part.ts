import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type Clock, systemClock } from '../clock.ts'
import { asError, StartError } from '../errors.ts'
import type { Ms } from '../units.ts'
import { lastLines } from './logs.ts'

export type PartOptions = {
  /** What people call it, such as `worker`. */
  name: string
  /** The program and its arguments; no shell sees them. */
  command: readonly string[]
  env: NodeJS.ProcessEnv
  /** Its standard error is added to this file, and what it prints once it is up. */
  logFile: string
  /** The line on its standard output that says it is up; without one, `ready` resolves at once. */
  readyLine?: string
  /** How long it may take to say so. Default 60 s: a busy machine is slow, and a dead part is noticed anyway. */
  readyWithinMs?: Ms
  clock?: Clock
}

export type PartEnded = { why: 'closed' } | { why: 'died'; error: StartError }

/** From SIGTERM to SIGKILL: 3.5 s leave something of the five seconds in which everything must be gone. */
const KILL_AFTER_MS: Ms = 3500
/** A part says a few lines before it is ready; one that says more is not heard further. */
const MOST_LINES = 100

/**
 * One program of ours, run as a process group of its own: a Ctrl-C in the terminal reaches only us, and whatever
 * the part has started goes with it. It holds an IPC channel, by which it notices our death, however sudden.
 */
export class Part implements AsyncDisposable {
  readonly name: string
  readonly logFile: string
  /** The lines it said until it was up; rejects with a StartError if it ends or dawdles before. */
  readonly ready: Promise<readonly string[]>
  /** Resolves once the process and all that it started are gone. */
  readonly ended: Promise<PartEnded>
  readonly #child: ChildProcess
  readonly #clock: Clock
  readonly #ended = Promise.withResolvers<PartEnded>()
  #closing: Promise<void> | undefined

  constructor({ name, command, env, logFile, readyLine, readyWithinMs = 60_000, clock }: PartOptions) {
    this.name = name
    this.logFile = logFile
    this.#clock = clock ?? systemClock
    this.ended = this.#ended.promise
    const log = openSync(logFile, 'a')
    const [program = '', ...args] = command
    // Its errors go straight to the file: a part never waits for us to read them.
    this.#child = spawn(program, args, { env, stdio: ['ignore', 'pipe', log, 'ipc'], detached: hasGroups })
    const heard = this.#listen(log, readyLine)
    this.ready = this.#untilReady(heard, readyWithinMs)
    // Whoever closes a part that is not up yet is no longer interested in why.
    this.ready.catch(() => {})
    this.#watch(log)
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** SIGTERM, and SIGKILL for the whole group `graceMs` later; resolves when it is gone. A second call may shorten the grace. */
  close(graceMs: Ms = KILL_AFTER_MS): Promise<void> {
    this.#closing ??= this.#end()
    const alarm = this.#clock.after(graceMs, () => this.#signal('SIGKILL'))
    return this.#closing.finally(() => alarm.cancel())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #end(): Promise<void> {
    if (hasGroups) this.#child.kill('SIGTERM')
    // Windows knows no SIGTERM; there a part ends when its channel does.
    else if (this.#child.connected) this.#child.disconnect()
    await this.ended
  }

  #listen(log: number, readyLine: string | undefined): Promise<readonly string[]> {
    const said: string[] = []
    const { promise, resolve } = Promise.withResolvers<readonly string[]>()
    if (readyLine === undefined) resolve(said)
    let isUp = readyLine === undefined
    createInterface({ input: this.#child.stdout! }).on('line', line => {
      // What it says until then is for people, and may hold the invite code: that stays out of the log.
      if (isUp) writeSync(log, `${line}\n`)
      else if (line !== readyLine) said.splice(MOST_LINES, 1, line)
      else {
        isUp = true
        resolve(said)
      }
    })
    return promise
  }

  async #untilReady(heard: Promise<readonly string[]>, within: Ms): Promise<readonly string[]> {
    const late = Promise.withResolvers<never>()
    const alarm = this.#clock.after(within, () => {
      const seconds = Math.round(within / 1000)
      late.reject(
        new StartError(`The ${this.name} was not up within ${seconds} s; its log is ${this.logFile}`),
      )
    })
    const died = this.ended.then(ended => {
      throw ended.why === 'died' ? ended.error : new StartError(`The ${this.name} was ended before it was up`)
    })
    try {
      return await Promise.race([heard, late.promise, died])
    } finally {
      alarm.cancel()
    }
  }

  #watch(log: number): void {
    const child = this.#child
    let failed: Error | undefined
    child.on('error', thrown => (failed = asError(thrown)))
    // What it started may have outlived it.
    child.once('exit', () => this.#signal('SIGKILL'))
    child.once('close', () => {
      closeSync(log)
      const died = this.#closing === undefined
      this.#ended.resolve(died ? { why: 'died', error: this.#obituary(failed) } : { why: 'closed' })
    })
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child
    if (pid === undefined) return
    try {
      if (hasGroups) process.kill(-pid, signal)
      else this.#child.kill(signal)
    } catch {
      // Nobody of the group is left.
    }
  }

  #obituary(failed: Error | undefined): StartError {
    const { exitCode, signalCode } = this.#child
    const how = failed?.message ?? (signalCode === null ? `exit code ${exitCode}` : signalCode)
    const last = lastLines(this.logFile, 20)
    const lines = last.map(line => `\n  ${line}`).join('')
    return new StartError(`The ${this.name} has ended (${how}); the end of its log, ${this.logFile}:${lines}`)
  }
}

const hasGroups = process.platform !== 'win32'
