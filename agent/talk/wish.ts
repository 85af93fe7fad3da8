import { parseArgs } from 'node:util'
import { UsageError } from '../ask/usage-error.ts'
import { asError } from '../errors.ts'

/** The command line of `talk`, understood. */
export type TalkWish = {
  /** A device, or a file of sound; undefined is the system's choice. */
  microphone: string | undefined
  /** A device, or a `.wav` file that gets what would be heard. */
  speaker: string | undefined
  with: 'sox' | 'ffmpeg' | undefined
  out: string | undefined
  isJson: boolean
}

export const usage = `Usage: roundtable talk [--microphone DEVICE|FILE] [--speaker DEVICE|FILE.wav] [--with sox|ffmpeg] [--out FILE] [--json]
In the repository: npm run talk -- ...
Talks with the model by this machine's microphone and speaker, which sox or ffmpeg reach. Wear headphones: without them it
hears itself, and interrupts itself. Lines that are typed are answered too; q, or the end of standard input, quits.

  --microphone WHICH  a device as sox or ffmpeg names it (alsa:hw:1, coreaudio:Built-in), or a file of sound, which is
                      played in real time and followed by silence
  --speaker WHICH     a device, or a file that ends in .wav and gets what would be heard
  --with PROGRAM      sox or ffmpeg; unset, whichever is there, sox first
  --out FILE          all that the model says, also what was not heard: 24 kHz mono 16-bit WAV, valid at any moment
  --json              a line of JSON for each turn: {"heard","text","interrupted"}

Exit code: 0 ended by you; 1 the session or a device failed; 2 the command line, a file or a setting is wrong.`

/** @throws UsageError */
export function readWish(args: readonly string[]): TalkWish {
  const { microphone, speaker, with: program, out, json } = parse(args)
  if (program !== undefined && program !== 'sox' && program !== 'ffmpeg')
    throw new UsageError(`--with: is "${program}"; use sox or ffmpeg`)
  return { microphone, speaker, with: program, out, isJson: json ?? false }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        microphone: { type: 'string' },
        speaker: { type: 'string' },
        with: { type: 'string' },
        out: { type: 'string' },
        json: { type: 'boolean' },
      },
    }).values
  } catch (thrown) {
    throw new UsageError(asError(thrown).message.split('. ')[0]!)
  }
}
