import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import { systemClock } from '../clock.ts'
import { loadEnvFiles, readConfig } from '../config.ts'
import { asError, ConfigError, LiveError, StartError } from '../errors.ts'
import { Log } from '../log.ts'
import { openToolbox } from '../tools/toolbox.ts'
import { chat } from './chat.ts'
import { Dialogue } from './dialogue.ts'
import { findProgram } from './ffmpeg.ts'
import type { Means } from './media.ts'
import { jsonPrinter, type Printer, wordsPrinter } from './printer.ts'
import { type AskWish, readQuestion, readWish, usage } from './question.ts'
import { Recording } from './recording.ts'
import { placeFor } from './stand-in.ts'
import { UsageError } from './usage-error.ts'

const out = (text: string) => void process.stdout.write(text)
const err = (text: string) => void process.stderr.write(text)

/** `roundtable ask`: questions without a room. Resolves with whether they were answered. */
async function run(wish: AskWish, printer: Printer): Promise<boolean> {
  loadEnvFiles()
  const config = readConfig(process.env)
  const { stdin } = process
  const means: Means = {
    ffmpeg: findProgram('ffmpeg', process.env.PATH ?? ''),
    standardInput: () => buffer(stdin),
    notice: sentence => err(`${sentence}\n`),
  }
  const isNothingNamed = [wish.text, wish.audio, wish.video].every(one => one === undefined)
  const isChat = wish.isChat || (isNothingNamed && stdin.isTTY)
  const question = isChat && isNothingNamed ? undefined : await readQuestion(wish, config.live, means)
  using recording = wish.out === undefined ? undefined : new Recording(wish.out)
  await using place = await placeFor(config.gemini)
  if (place.isOwn) err('No Gemini key: a rehearsal answers.\n')
  // What it would tell is in the error of the question.
  const log = new Log({ part: 'ask' }, 'error')
  await using toolbox = await openToolbox(config.tools, config.live.profile, { log, clock: systemClock })
  await using dialogue = new Dialogue({
    gemini: place.gemini,
    settings: config.live,
    clock: systemClock,
    log,
    toolbox,
    onTool: news => printer.tool(news),
    onEvent: event => {
      if (event.type === 'audio') recording?.write(event.pcm)
      printer.event(event)
    },
  })
  dialogue.start()
  if (question !== undefined) printer.answer(await dialogue.ask(question))
  let areAllAnswered = true
  if (isChat) {
    const lines = createInterface({
      input: stdin,
      output: process.stderr,
      terminal: stdin.isTTY,
      prompt: '> ',
    })
    const isTerminal = stdin.isTTY
    const prompt = () => {
      if (isTerminal) lines.prompt(true)
    }
    areAllAnswered = await chat({
      lines,
      dialogue,
      settings: config.live,
      means,
      printer,
      isTerminal,
      prompt,
      stop: () => lines.close(),
    })
    lines.close()
  }
  if (recording?.failure) throw recording.failure
  return areAllAnswered
}

/** The exit code. */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    out(`${usage}\n`)
    return 0
  }
  let printer = args.includes('--json') ? jsonPrinter(out, err, undefined) : wordsPrinter(out, err)
  try {
    const wish = readWish(args)
    if (wish.isJson) printer = jsonPrinter(out, err, wish.out)
    return (await run(wish, printer)) ? 0 : 1
  } catch (thrown) {
    const error = asError(thrown)
    printer.error(error)
    if (error instanceof UsageError) err('\nroundtable ask --help tells how it is used.\n')
    else if (!(error instanceof LiveError || error instanceof ConfigError || error instanceof StartError))
      throw error
    return error instanceof UsageError || error instanceof ConfigError ? 2 : 1
  }
}

// Whoever reads the answer may have read enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
process.exitCode = await main(process.argv.slice(2))
// Nobody types any more.
process.stdin.destroy()
