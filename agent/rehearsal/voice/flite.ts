import { layoutOf } from './wasm-layout.ts'

/**
 * Flite, a small speech synthesiser (http://cmuflite.org), as WebAssembly that asks for WASI preview 1. It is a command: one
 * run, one sentence, one file. Node's own WASI is experimental, warns on standard error and wants a real directory; the dozen
 * calls that Flite makes are few enough to answer here, with its one output file in memory.
 * https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md
 */
export class Flite {
  readonly #module: WebAssembly.Module
  readonly #variablesFrom: number
  #instance: WebAssembly.Instance | undefined
  /** The variables as they were before the first run. Putting 80 kB back costs nothing; a new instance would copy 17 MB of voices. */
  #pristine: Uint8Array | undefined
  #args: Buffer[] = []
  #file: Buffer[] = []

  /** `file` is not needed afterwards. */
  constructor(file: Uint8Array) {
    const { usedBytes, variablesFrom } = layoutOf(file)
    this.#module = new WebAssembly.Module(file.subarray(0, usedBytes))
    this.#variablesFrom = variablesFrom
  }

  /**
   * The WAV file that `flite` makes of these arguments (without the program's name and `-o`).
   * @throws Error when Flite gives up; the next call starts afresh.
   */
  run(args: readonly string[]): Buffer {
    this.#args = ['flite', ...args, '-o', '/out'].map(arg => Buffer.from(`${arg.replaceAll('\0', ' ')}\0`))
    this.#file = []
    const start = this.#fresh()
    try {
      start()
    } catch (error) {
      // The stack pointer of an aborted run is not where it was: this instance is spent.
      this.#instance = this.#pristine = undefined
      throw new Error('Flite could not speak a sentence', { cause: error })
    }
    return Buffer.concat(this.#file)
  }

  #fresh(): () => void {
    if (this.#instance === undefined || this.#pristine === undefined) {
      this.#instance = new WebAssembly.Instance(this.#module, { wasi_snapshot_preview1: this.#calls() })
      this.#pristine = this.#memory().slice(this.#variablesFrom)
    } else {
      const memory = this.#memory()
      memory.set(this.#pristine, this.#variablesFrom)
      memory.fill(0, this.#variablesFrom + this.#pristine.length)
    }
    return this.#instance.exports._start as () => void
  }

  #memory(): Uint8Array {
    return new Uint8Array((this.#instance!.exports.memory as WebAssembly.Memory).buffer)
  }

  #calls(): Record<string, (...args: never[]) => number> {
    const view = () => new DataView(this.#memory().buffer)
    const put = (at: number, value: number) => view().setUint32(at, value, true)
    return {
      args_sizes_get: (count: number, size: number) => {
        put(count, this.#args.length)
        put(size, Buffer.concat(this.#args).length)
        return OK
      },
      args_get: (pointers: number, bytes: number) => {
        let at = bytes
        this.#args.forEach((arg, index) => {
          put(pointers + 4 * index, at)
          this.#memory().set(arg, at)
          at += arg.length
        })
        return OK
      },
      clock_time_get: (_clock: number, _precision: bigint, at: number) => {
        view().setBigUint64(at, 0n, true)
        return OK
      },
      // One directory is open from the start, `/` as descriptor 3; the one file that is opened becomes 4.
      fd_prestat_get: (fd: number, at: number) => {
        if (fd !== ROOT) return BAD_DESCRIPTOR
        put(at, 0)
        put(at + 4, 1)
        return OK
      },
      fd_prestat_dir_name: (_fd: number, at: number) => {
        this.#memory()[at] = '/'.charCodeAt(0)
        return OK
      },
      path_open: (...args: number[]) => {
        put(args[8]!, FILE)
        return OK
      },
      fd_fdstat_get: (fd: number, at: number) => {
        this.#memory().fill(0, at, at + 24)
        this.#memory()[at] = fd === ROOT ? 3 : 4
        view().setBigUint64(at + 8, 0xffff_ffffn, true)
        view().setBigUint64(at + 16, 0xffff_ffffn, true)
        return OK
      },
      fd_fdstat_set_flags: () => OK,
      fd_close: () => OK,
      fd_read: () => BAD_DESCRIPTOR,
      fd_seek: () => CANNOT_SEEK,
      fd_write: (fd: number, vectors: number, count: number, written: number) => {
        let total = 0
        for (let i = 0; i < count; i++) {
          const at = view().getUint32(vectors + 8 * i, true)
          const length = view().getUint32(vectors + 8 * i + 4, true)
          if (fd === FILE) this.#file.push(Buffer.from(this.#memory().slice(at, at + length)))
          total += length
        }
        put(written, total)
        return OK
      },
      proc_exit: (code: number) => {
        throw new Error(`exit code ${code}`)
      },
    }
  }
}

const OK = 0
const BAD_DESCRIPTOR = 8
const CANNOT_SEEK = 70
const ROOT = 3
const FILE = 4
