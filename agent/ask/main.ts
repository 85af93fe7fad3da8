import { systemClock } from '../clock.ts'
import { type GeminiConfig, loadEnvFiles, readConfig } from '../config.ts'
import { asError, ConfigError } from '../errors.ts'
import { startRehearsal } from '../rehearsal/server.ts'
import { fromFile } from '../video/jpeg.ts'
import { ask } from './ask.ts'
import { readQuestion, UsageError, usage } from './question.ts'

/** `npm run ask`: one question without a room. */
async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) {
    process.stdout.write(`${usage}\n`)
    return
  }
  loadEnvFiles()
  const { gemini, live } = readConfig(process.env)
  const question = readQuestion(args)
  const picture = question.image && (await readPicture(question.image))
  await using stage = await rehearsalFor(gemini)
  const print = (piece: string) => {
    if (!question.isJson) process.stdout.write(piece)
  }
  const answer = await ask(
    { ...question, picture },
    { gemini: stage.gemini, settings: live, clock: systemClock },
    print,
  )
  const { text, heard, audioMs } = answer
  const { out } = question
  process.stdout.write(
    question.isJson ? `${JSON.stringify({ text, heard, audioMs: Math.round(audioMs), out })}\n` : '\n',
  )
}

async function readPicture(file: Uint8Array): Promise<Uint8Array> {
  try {
    return await fromFile(file)
  } catch (thrown) {
    throw new UsageError(`--image: the file is no picture that can be read (${asError(thrown).message})`)
  }
}

/** Without a key, and without a rehearsal running, one is started for this question alone. */
async function rehearsalFor(gemini: GeminiConfig): Promise<AsyncDisposable & { gemini: GeminiConfig }> {
  const nothing = { gemini, [Symbol.asyncDispose]: async () => {} }
  if (gemini.at !== 'rehearsal' || !gemini.isOurs) return nothing
  const isUp = await fetch(gemini.baseUrl).then(
    () => true,
    () => false,
  )
  if (isUp) return nothing
  const rehearsal = await startRehearsal()
  process.stderr.write('No Gemini key: a rehearsal answers.\n')
  return { gemini: { ...gemini, baseUrl: rehearsal.url }, [Symbol.asyncDispose]: () => rehearsal.close() }
}

try {
  await main(process.argv.slice(2))
} catch (thrown) {
  const error = asError(thrown)
  process.stderr.write(`${error.message}\n`)
  if (error instanceof UsageError) process.stderr.write(`\n${usage}\n`)
  process.exitCode = error instanceof UsageError || error instanceof ConfigError ? 2 : 1
}
