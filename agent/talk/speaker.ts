import { spawn } from 'node:child_process'
import { msOf } from '../audio/pcm.ts'
import type { Sink } from '../audio/playout.ts'
import { WavWriter } from '../audio/wav.ts'
import { type Clock, sleep } from '../clock.ts'
import { asError } from '../errors.ts'
import { type Ms, SPEECH_RATE } from '../units.ts'
import type { Command } from './device.ts'
import { gone, SoundError } from './sound-error.ts'

/** More than this is never out of our hands: what is in a pipe cannot be taken back when somebody interrupts. */
const AHEAD_MS: Ms = 150

/** Where the agent's voice goes, 24 kHz mono PCM16, in real time. */
export type Speaker = Sink &
  AsyncDisposable & {
    /** Resolves when nothing can be played any more, with why, or undefined where it was closed. Never rejects. */
    readonly ended: Promise<SoundError | undefined>
    close(): Promise<void>
  }

/** The speaker of this machine, by a program that plays. */
export function openSpeaker(command: Command, clock: Clock): Speaker {
  const [program, ...args] = command
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'] })
  // Its end is told by `gone`.
  child.stdin.on('error', () => {})
  let isClosed = false
  const over = gone(child, 'speaker')
  const close = async () => {
    isClosed = true
    child.stdin.end()
    child.kill('SIGTERM')
    await over
  }
  const write = (pcm: Int16Array) =>
    void child.stdin.write(Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength))
  return paced(write, clock, { ended: over.then(error => (isClosed ? undefined : error)), close })
}

/**
 * A WAV file in place of a speaker: it gets what would have been heard, as long as it would have been.
 * @throws SoundError where it cannot be made
 */
export function recordSpeaker(path: string, clock: Clock): Speaker {
  const ended = Promise.withResolvers<SoundError | undefined>()
  const failed = (thrown: unknown) => {
    const { code, message } = asError(thrown) as NodeJS.ErrnoException
    return new SoundError(`--speaker: ${path} cannot be written (${code ?? message})`)
  }
  let wav: WavWriter
  try {
    wav = new WavWriter(path, SPEECH_RATE)
  } catch (thrown) {
    throw failed(thrown)
  }
  let isOpen = true
  const close = async () => {
    if (isOpen) wav.close()
    isOpen = false
    ended.resolve(undefined)
  }
  const write = (pcm: Int16Array) => {
    try {
      if (isOpen) wav.write(pcm)
    } catch (thrown) {
      ended.resolve(failed(thrown))
    }
  }
  return paced(write, clock, { ended: ended.promise, close })
}

/** Lets sound out at the pace at which it is heard, a little ahead of it. */
function paced(
  write: (pcm: Int16Array) => void,
  clock: Clock,
  { ended, close }: Pick<Speaker, 'ended' | 'close'>,
): Speaker {
  /** When everything that was let out will have been heard. */
  let until: Ms = clock.now()
  const queuedMs = () => Math.max(0, until - clock.now())
  return {
    ended,
    close,
    [Symbol.asyncDispose]: close,
    async write(frame) {
      await sleep(clock, Math.max(0, queuedMs() - AHEAD_MS))
      until = Math.max(until, clock.now()) + msOf(frame.length, SPEECH_RATE)
      write(frame)
    },
    get queuedMs() {
      return queuedMs()
    },
    // The rest is in the program's hands, and is over within AHEAD_MS and a frame.
    clear: () => {},
    drained: () => sleep(clock, queuedMs()),
  }
}
