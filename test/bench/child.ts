import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Ms } from '../../agent/units.ts'
import { pause } from './instant.ts'

/** The programs of this run that are alive; ended by pid even when the run itself dies. */
const living = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of living) end(child, 'SIGKILL')
})

/** Each child leads a process group of its own, so that what it started itself ends with it. */
function end(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-child.pid!, signal)
  } catch {
    // It was gone before us.
  }
}

export type Program = {
  command: string
  args: readonly string[]
  /** The whole environment of the program. */
  env: Readonly<Record<string, string>>
  cwd?: string
  /** The line on its standard output that says it is up. */
  upWhen: string
}

/** A program run as a process of its own. */
export class Child implements AsyncDisposable {
  readonly process: ChildProcess
  #said = ''
  #closing: Promise<void> | undefined
  readonly #gone: Promise<void>

  private constructor(child: ChildProcess) {
    this.process = child
    living.add(child)
    this.#gone = new Promise(resolve => {
      child.once('error', resolve)
      child.once('exit', resolve)
    }).then(() => void living.delete(child))
    child.stderr?.on('data', data => (this.#said = `${this.#said}${data}`.slice(-2000)))
  }

  /** Resolves when the program has printed `upWhen`. @throws Error with its last words when it ends before, or takes over 60 s. */
  static async start({ command, args, env, cwd, upWhen }: Program): Promise<Child> {
    const stdio = ['ignore', 'pipe', 'pipe', 'ipc'] as const
    const child = new Child(spawn(command, args, { env, cwd, detached: true, stdio: [...stdio] }))
    const isUp = await child.#says(upWhen, 60_000)
    if (isUp) return child
    await child.close()
    throw new Error(`${args[0]} did not say "${upWhen}": ${child.#said.trim() || 'it said nothing'}`)
  }

  /** What `promise` resolves with. @throws Error with the program's last words when it ends before. */
  async whileUp<T>(promise: Promise<T>): Promise<T> {
    const died = this.#gone.then(() => {
      throw new Error(`process ${this.pid} ended: ${this.#said.trim() || 'it said nothing'}`)
    })
    return Promise.race([promise, died])
  }

  get pid(): number {
    return this.process.pid!
  }

  /** SIGTERM, and SIGKILL when that is not obeyed within 5 s. */
  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #end(): Promise<void> {
    // Only to the program: it ends its own parts, and what they used is then counted as its own.
    this.process.kill('SIGTERM')
    const hard = setTimeout(() => end(this.process, 'SIGKILL'), 5000)
    await this.#gone
    clearTimeout(hard)
    // What a program leaves behind in its group is not ours to keep.
    end(this.process, 'SIGKILL')
  }

  #says(line: string, within: Ms): Promise<boolean> {
    const isUp = new Promise<boolean>(resolve => {
      createInterface({ input: this.process.stdout! }).on('line', said => {
        this.#said = `${this.#said}${said}\n`.slice(-2000)
        if (said.trim() === line) resolve(true)
      })
      void this.#gone.then(() => resolve(false))
    })
    return Promise.race([isUp, pause(within).then(() => false)])
  }
}
