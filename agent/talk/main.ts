import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { findProgram } from '../ask/ffmpeg.ts'
import { readSound } from '../ask/media.ts'
import { Recording } from '../ask/recording.ts'
import { placeFor } from '../ask/stand-in.ts'
import { UsageError } from '../ask/usage-error.ts'
import { systemClock } from '../clock.ts'
import { loadEnvFiles, readConfig } from '../config.ts'
import { asError, ConfigError, LiveError, StartError } from '../errors.ts'
import { Log } from '../log.ts'
import { openToolbox } from '../tools/toolbox.ts'
import { microphoneCommand, type SoundProgram, speakerCommand } from './device.ts'
import { type Microphone, openMicrophone, playFile } from './microphone.ts'
import { jsonScript, wordsScript } from './script.ts'
import { SoundError } from './sound-error.ts'
import { openSpeaker, recordSpeaker, type Speaker } from './speaker.ts'
import { Talk } from './talk.ts'
import { readWish, type TalkWish, usage } from './wish.ts'

const out = (text: string) => void process.stdout.write(text)
const err = (text: string) => void process.stderr.write(text)

/** `roundtable talk`: by voice, without a room, until somebody quits. */
async function run(wish: TalkWish): Promise<void> {
  loadEnvFiles()
  const config = readConfig(process.env)
  const open = await microphoneOf(wish)
  using recording = wish.out === undefined ? undefined : new Recording(wish.out)
  await using place = await placeFor(config.gemini)
  if (place.isOwn) err('No Gemini key: a rehearsal answers.\n')
  await using speaker = speakerOf(wish)
  const log = new Log({ part: 'talk' }, 'error')
  await using toolbox = await openToolbox(config.tools, config.live.profile, { log, clock: systemClock })
  await using talk = new Talk({
    gemini: place.gemini,
    settings: config.live,
    clock: systemClock,
    log,
    toolbox,
    speaker,
    script: wish.isJson ? jsonScript(out, err) : wordsScript(out, err),
    record: pcm => recording?.write(pcm),
  })
  talk.start()
  await using microphone = open(pcm => talk.hear(pcm))
  err('Talk; wear headphones, or it hears itself. q and Enter quits.\n')
  const end = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort())
  const error = await Promise.race([talk.failed, microphone.ended, typed(talk, end.signal)])
  if (error) throw error
  if (recording?.failure) throw recording.failure
}

/** Lines for the model, until `q`, the end of standard input, or `signal`. */
async function typed(talk: Talk, signal: AbortSignal): Promise<undefined> {
  const { stdin } = process
  const lines = createInterface({ input: stdin, output: process.stderr, terminal: stdin.isTTY })
  signal.addEventListener('abort', () => lines.close(), { once: true })
  for await (const line of lines) {
    const words = line.trim()
    if (words === 'q') break
    if (words !== '') talk.type(words)
  }
  lines.close()
}

/** How to open the microphone that is wished for. @throws UsageError */
async function microphoneOf(wish: TalkWish): Promise<(onSound: (pcm: Int16Array) => void) => Microphone> {
  const { microphone } = wish
  if (microphone !== undefined && existsSync(microphone)) {
    const ffmpeg = findProgram('ffmpeg', process.env.PATH ?? '')
    const notice = (sentence: string) => err(`${sentence}\n`)
    const standardInput = () => Promise.reject(new UsageError('--microphone: standard input is for lines'))
    const pcm = await readSound('--microphone', microphone, { ffmpeg, notice, standardInput })
    return onSound => playFile(pcm, onSound)
  }
  const command = microphoneCommand(programOf(wish), microphone, process.platform)
  return onSound => openMicrophone(command, onSound)
}

/** @throws UsageError, SoundError */
function speakerOf(wish: TalkWish): Speaker {
  const { speaker } = wish
  if (speaker?.endsWith('.wav')) return recordSpeaker(speaker, systemClock)
  const command = speakerCommand(programOf(wish), speaker, process.platform)
  if (command === undefined) throw new UsageError('--speaker: ffmpeg came without ffplay; install it, or sox')
  return openSpeaker(command, systemClock)
}

/** @throws UsageError where neither sox nor ffmpeg is there */
function programOf(wish: TalkWish): SoundProgram {
  const path = process.env.PATH ?? ''
  const sox = wish.with === 'ffmpeg' ? undefined : findProgram('sox', path)
  if (sox !== undefined) return { name: 'sox', path: sox }
  const ffmpeg = wish.with === 'sox' ? undefined : findProgram('ffmpeg', path)
  if (ffmpeg !== undefined) return { name: 'ffmpeg', path: ffmpeg, ffplay: findProgram('ffplay', path) }
  const wanted = wish.with ?? 'neither sox nor ffmpeg'
  throw new UsageError(
    `A microphone and a speaker are reached by sox or ffmpeg, and ${wanted} is ${wish.with ? 'not ' : ''}on the PATH; install one of them`,
  )
}

/** The exit code. */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    out(`${usage}\n`)
    return 0
  }
  try {
    await run(readWish(args))
    return 0
  } catch (thrown) {
    const error = asError(thrown)
    const isTold = [UsageError, ConfigError, LiveError, SoundError, StartError].some(
      kind => error instanceof kind,
    )
    if (!isTold) throw error
    err(`${error.message}\n`)
    return error instanceof UsageError || error instanceof ConfigError ? 2 : 1
  }
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
process.exitCode = await main(process.argv.slice(2))
process.stdin.destroy()
