import { parseArgs } from 'node:util'
import { asError } from '../errors.ts'
import type { LiveSettings } from '../live/settings.ts'
import type { Bytes } from '../units.ts'
import { type Film, type Means, readFilm, readPicture, readSound } from './media.ts'
import { UsageError } from './usage-error.ts'

/** What is asked, ready to be sent. At least one of them is there. */
export type Question = {
  text: string | undefined
  /** 16 kHz mono PCM16. */
  sound: Int16Array | undefined
  /** JPEG. */
  pictures: readonly Uint8Array[]
  film: Film | undefined
}

/** The command line of `ask`, understood. */
export type AskWish = {
  text: string | undefined
  audio: string | undefined
  images: readonly string[]
  video: string | undefined
  /** Where the answer's sound goes. */
  out: string | undefined
  /** A line of JSON for each answer instead of the words. */
  isJson: boolean
  /** Several questions in one session. */
  isChat: boolean
}

export const usage = `Usage: roundtable ask [TEXT] [--audio FILE] [--image FILE]... [--video FILE] [--out FILE] [--json] [--chat]
In the repository: npm run ask -- [TEXT] ...
Asks without a room. The question may be words, sound, pictures, a film, or several of them.

  TEXT, --text TEXT  the question, in words; without any, what is on standard input
  --audio FILE       the question, spoken: WAV, or whatever ffmpeg reads where it is installed
  --image FILE       a picture to look at: JPEG, PNG or WebP; may be given several times
  --video FILE       a film to look at and listen to, a picture a second, in real time (needs ffmpeg)
  --out FILE         where the spoken answer goes: 24 kHz mono 16-bit WAV, valid at any moment
  --json             a line of JSON for each answer: {"text","heard","audioMs","tools","interrupted","out"}
  --chat             several questions in one session, a line each; q quits. So it is, too, in a terminal
                     without a question. The lines /image FILE, /audio FILE and /video FILE add to the next question
One FILE may be -, which is standard input.

Exit code: 0 answered; 1 not answered; 2 the command line, a file or a setting is wrong.
What went wrong is one sentence on standard error; with --json there is a line too: {"error":{"kind","message"}}.
Settings are variables: GEMINI_API_KEY, MODEL, VOICE, ... Without a key a rehearsal answers.`

/** @throws UsageError */
export function readWish(args: readonly string[]): AskWish {
  const { values, positionals } = parse(args)
  if (positionals.length > 1)
    throw new UsageError(`"${positionals[1]}" is one word too many: put the question in quotes`)
  const [positional] = positionals
  if (positional !== undefined && values.text !== undefined)
    throw new UsageError(`The question is there twice, as "${positional}" and as --text`)
  const files = [values.audio, values.video, ...(values.image ?? [])]
  const text = positional ?? values.text
  if ([...files, text].filter(one => one === '-').length > 1)
    throw new UsageError('Only one of them can be -, standard input')
  if (text === '') throw new UsageError('--text: the question is empty')
  if (values.audio !== undefined && values.video !== undefined)
    throw new UsageError('--audio and --video cannot go together: a film brings its own sound')
  return {
    text,
    audio: values.audio,
    images: values.image ?? [],
    video: values.video,
    out: values.out,
    isJson: values.json ?? false,
    isChat: values.chat ?? false,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        text: { type: 'string' },
        audio: { type: 'string' },
        image: { type: 'string', multiple: true },
        video: { type: 'string' },
        out: { type: 'string' },
        json: { type: 'boolean' },
        chat: { type: 'boolean' },
      },
    })
  } catch (thrown) {
    throw new UsageError(asError(thrown).message.split('. ')[0]!)
  }
}

/** Words on standard input; a book has a megabyte. */
const MOST_TEXT: Bytes = 2 ** 20

/**
 * Reads the files that are named, and standard input where nothing else is.
 * @throws UsageError with the first file that cannot be used
 */
export async function readQuestion(wish: AskWish, settings: LiveSettings, means: Means): Promise<Question> {
  const { audio, video, images } = wish
  const isAsked = wish.text !== undefined || audio !== undefined || video !== undefined
  const text = wish.text === '-' || !isAsked ? await readText(means) : wish.text
  if (text !== undefined && audio !== undefined && settings.profile.context !== 'clientContent')
    throw new UsageError(
      `--text: ${settings.model} takes no words beside a spoken question; leave one of them out`,
    )
  const film = video === undefined ? undefined : await readFilm('--video', video, means)
  if (film !== undefined && film.pcm.length === 0 && text === undefined)
    throw new UsageError(`--video: ${video} has no sound; say with --text what is asked about it`)
  return {
    text,
    sound: audio === undefined ? undefined : await readSound('--audio', audio, means),
    pictures: await Promise.all(images.map(image => readPicture('--image', image, means))),
    film,
  }
}

async function readText({ standardInput }: Means): Promise<string> {
  const bytes = await standardInput()
  if (bytes.length > MOST_TEXT) throw new UsageError('The question on standard input is larger than 1 MB')
  const text = bytes.toString('utf8').trim()
  if (text === '')
    throw new UsageError(
      'A question is missing: give it as text, with --audio or --video, or on standard input',
    )
  return text
}
