import { readFileSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { asError } from '../../errors.ts'
import { fliteArguments, type Part } from './cast.ts'
import { Flite } from './flite.ts'
import { finish, readWav } from './sound.ts'

/** A third of the share of a thread that is not lowered. */
const NICENESS = 5

/** What the thread is started with: Flite's file, and this one. */
export type ThreadData = { wasm: string; program: string }

/** What the thread is asked, and what it answers under the same id. */
export type Order = { id: number; text: string; part: Part }
export type Delivery = { id: number; pcm: Int16Array } | { id: number; failure: string }

// A sentence may take as long as a core is given to it, chunks that are due may not wait for it: on one core the event loop
// goes first. Linux alone lowers the thread that asks and not the whole program (setpriority(2), "C library/kernel differences").
if (process.platform === 'linux') lower()

const file = readFileSync((workerData as ThreadData).wasm)
const flite = new Flite(file)
// 21 MB that nobody needs any more: handed back now, because so quiet a thread may never collect its garbage.
file.buffer.transfer(0)

parentPort?.on('message', ({ id, text, part }: Order) => {
  try {
    const { pcm, rate } = readWav(flite.run(fliteArguments(text, part)))
    const spoken = finish(pcm, rate, part.throat)
    parentPort?.postMessage({ id, pcm: spoken } satisfies Delivery, [spoken.buffer as ArrayBuffer])
  } catch (error) {
    parentPort?.postMessage({ id, failure: asError(error).message } satisfies Delivery)
  }
})

function lower(): void {
  try {
    setPriority(0, Math.max(getPriority(0), NICENESS))
  } catch {
    // Where that is forbidden, it is only less smooth.
  }
}
