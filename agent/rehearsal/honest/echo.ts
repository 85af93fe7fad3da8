import { SPEECH_RATE } from '../../units.ts'
import type { Heard } from '../hearing/ear.ts'
import type { Item } from '../turns/script.ts'
import { resample } from '../voice/sound.ts'
import { honestTranscript } from './words.ts'

/** What was heard, played back to who said it: a person judges the audio path by ear. */
export function echoOf({ pcm, rate, speechMs }: Heard): Item {
  const sound = Int16Array.from(resample(pcm, rate / SPEECH_RATE), sample =>
    Math.max(-32_768, Math.min(32_767, Math.round(sample))),
  )
  return { kind: 'say', text: honestTranscript(speechMs), pcm: sound }
}
