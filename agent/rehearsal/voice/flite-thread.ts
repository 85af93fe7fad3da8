import { readFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { asError } from '../../errors.ts'
import { fliteArguments, type Part } from './cast.ts'
import { Flite } from './flite.ts'
import { finish, readWav } from './sound.ts'

/** What the thread is started with: Flite's file, and this one. */
export type ThreadData = { wasm: string; program: string }

/** What the thread is asked, and what it answers under the same id. */
export type Order = { id: number; text: string; part: Part }
export type Delivery = { id: number; pcm: Int16Array } | { id: number; failure: string }

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
