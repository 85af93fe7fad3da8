import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { readWav, type Sound } from '../audio/wav.ts'
import { asError } from '../errors.ts'

/** What is asked, read and checked. */
export type Question = {
  text: string | undefined
  audio: Sound | undefined
  /** The bytes of a picture file, as they are on disk. */
  image: Uint8Array | undefined
  /** Where the answer's sound goes. */
  out: string | undefined
  /** Print one JSON object instead of the words. */
  isJson: boolean
}

/** The command line cannot be understood, or a file it names cannot be used. */
export class UsageError extends Error {
  override name = 'UsageError'
}

export const usage = `Usage: npm run ask -- --text "What is on the table?" [--audio in.wav] [--image a.jpg] [--out answer.wav] [--json]
Asks one question without a room. At least one of --text and --audio is needed.
  --text TEXT    the question, typed
  --audio FILE   the question, spoken: a WAV file of any rate
  --image FILE   a picture to look at: JPEG, PNG or WebP
  --out FILE     where the spoken answer goes: 24 kHz mono 16-bit WAV, valid at any moment
  --json         print {"text", "heard", "audioMs", "out"} instead of the words
Exit code: 0 answered, 1 not answered, 2 the command line is wrong.`

/** @throws UsageError */
export function readQuestion(args: readonly string[]): Question {
  const values = parse(args)
  const { text, audio, image, out, json } = values
  if (text === undefined && audio === undefined)
    throw new UsageError('A question is missing: give --text or --audio.')
  return {
    text,
    audio: audio === undefined ? undefined : readFile('--audio', audio, readWav),
    image: image === undefined ? undefined : readFile('--image', image, bytes => bytes),
    out,
    isJson: json ?? false,
  }
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        text: { type: 'string' },
        audio: { type: 'string' },
        image: { type: 'string' },
        out: { type: 'string' },
        json: { type: 'boolean' },
      },
    })
    return values
  } catch (thrown) {
    throw new UsageError(asError(thrown).message)
  }
}

function readFile<T>(option: string, path: string, read: (bytes: Uint8Array) => T): T {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (thrown) {
    throw new UsageError(
      `${option}: ${path} cannot be read (${(thrown as NodeJS.ErrnoException).code ?? asError(thrown).message})`,
    )
  }
  try {
    return read(bytes)
  } catch (thrown) {
    throw new UsageError(`${option}: ${path} ${asError(thrown).message}`)
  }
}
