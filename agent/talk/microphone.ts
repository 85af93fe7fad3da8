import { type ChildProcess, spawn } from 'node:child_process'
import { samplesIn } from '../audio/pcm.ts'
import { type Alarm, type Clock, systemClock } from '../clock.ts'
import { HEARING_RATE, type Ms } from '../units.ts'
import type { Command } from './device.ts'
import { gone, type SoundError } from './sound-error.ts'

/** Where the person's voice comes from, 16 kHz mono PCM16 in real time. */
export type Microphone = AsyncDisposable & {
  /** Resolves when there will be no more sound: with why, or undefined where it was closed. Never rejects. */
  readonly ended: Promise<SoundError | undefined>
  close(): Promise<void>
}

type OnSound = (pcm: Int16Array) => void

/** The microphone of this machine, by a program that reads it. */
export function openMicrophone(command: Command, onSound: OnSound): Microphone {
  const [program, ...args] = command
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let odd: Buffer = Buffer.alloc(0)
  child.stdout.on('data', (data: Buffer) => {
    const bytes = odd.length === 0 ? data : Buffer.concat([odd, data])
    const pcm = new Int16Array(bytes.length >> 1)
    bytes.copy(new Uint8Array(pcm.buffer), 0, 0, pcm.byteLength)
    odd = bytes.subarray(pcm.byteLength)
    if (pcm.length > 0) onSound(pcm)
  })
  return closing(child, gone(child, 'microphone'))
}

function closing(child: ChildProcess, ended: Promise<SoundError | undefined>): Microphone {
  let isClosed = false
  const close = async () => {
    isClosed = true
    child.kill('SIGTERM')
    await ended
  }
  return { ended: ended.then(error => (isClosed ? undefined : error)), close, [Symbol.asyncDispose]: close }
}

/** A file goes out in pieces of this length. */
const PIECE_MS: Ms = 20

/** A recording in place of a microphone: in real time, and then silence, as from a microphone whose person is quiet. */
export function playFile(pcm: Int16Array, onSound: OnSound, clock: Clock = systemClock): Microphone {
  const ended = Promise.withResolvers<undefined>()
  const size = samplesIn(PIECE_MS, HEARING_RATE)
  const began = clock.now()
  let alarm: Alarm
  let pieces = 0
  const step = () => {
    // By the clock, and not by the timer: what is late is made up for.
    for (; pieces * PIECE_MS <= clock.now() - began; pieces++) {
      const piece = new Int16Array(size)
      piece.set(pcm.subarray(pieces * size, (pieces + 1) * size))
      onSound(piece)
    }
    alarm = clock.after(Math.max(0, began + pieces * PIECE_MS - clock.now()), step)
  }
  step()
  const close = async () => {
    alarm.cancel()
    ended.resolve(undefined)
  }
  return { ended: ended.promise, close, [Symbol.asyncDispose]: close }
}
