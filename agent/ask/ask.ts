import { msOf, samplesIn } from '../audio/pcm.ts'
import { WavWriter } from '../audio/wav.ts'
import { type Clock, sleep } from '../clock.ts'
import type { GeminiConfig } from '../config.ts'
import { LiveError } from '../errors.ts'
import { LiveConnection } from '../live/connection.ts'
import type { LiveEvent } from '../live/events.ts'
import type { LiveSettings } from '../live/settings.ts'
import { type Ms, SPEECH_RATE } from '../units.ts'
import type { Question } from './question.ts'

/** An answer that has not begun by now, or pauses for this long, will not come. */
const ANSWER_WITHIN_MS: Ms = 30_000
/** The words of an answer may trail its sound by this much. */
const LAST_WORDS_MS: Ms = 700
/** Sound goes up in pieces of this length, and is followed by silence, by which the server's own detector ends the turn. */
const CHUNK_MS: Ms = 100
const TRAIL_MS: Ms = 2_000
/** So many times faster than real time. */
const HASTE = 4

/** A question whose picture is ready to be sent. */
type Asked = Question & { picture: Uint8Array | undefined }
type Putting = { settings: LiveSettings; clock: Clock; signal: AbortSignal }

export type Answer = {
  /** What the model said. */
  text: string
  /** What it heard of a spoken question. */
  heard: string
  audioMs: Ms
}

/**
 * Asks one question in a session of its own and follows the answer to its end.
 * @param onText each piece of the answer's words, as it comes
 * @throws LiveError where the session cannot be opened, breaks, or stays silent
 */
export async function ask(
  question: Asked,
  { gemini, settings, clock }: { gemini: GeminiConfig; settings: LiveSettings; clock: Clock },
  onText: (piece: string) => void,
): Promise<Answer> {
  const answer: Answer = { text: '', heard: '', audioMs: 0 }
  const over = new AbortController()
  const done = Promise.withResolvers<void>()
  done.promise.catch(() => {})
  const wav = question.out === undefined ? undefined : new WavWriter(question.out, SPEECH_RATE)
  let patience = clock.after(ANSWER_WITHIN_MS, () => {})
  const wait = () => {
    patience.cancel()
    patience = clock.after(ANSWER_WITHIN_MS, () =>
      done.reject(new LiveError('timeout', 'The model did not answer in time.')),
    )
  }
  const onEvent = (event: LiveEvent) => {
    wait()
    if (event.type === 'audio') {
      wav?.write(event.pcm)
      answer.audioMs += msOf(event.pcm.length, SPEECH_RATE)
    } else if (event.type === 'heard') answer.heard += event.text
    else if (event.type === 'said') {
      answer.text += event.text
      onText(event.text)
    } else if (event.type === 'turnComplete') done.resolve()
    // The end of the turn is held back for as long as the answer would take to play; nobody listens here.
    else if (event.type === 'generated') clock.after(LAST_WORDS_MS, () => done.resolve())
  }
  try {
    await using connection = await LiveConnection.open({
      gemini,
      settings,
      clock,
      handle: undefined,
      onEvent,
    })
    wait()
    void connection.ended.then(error => done.reject(error))
    const putting = put(question, connection, { settings, clock, signal: over.signal })
    await Promise.race([done.promise, putting.then(() => done.promise)])
    return answer
  } finally {
    over.abort()
    patience.cancel()
    wav?.close()
  }
}

/** Sends the question: sound at four times its own pace, which neither the network nor the server's detector minds. */
async function put(
  { text, audio, picture }: Asked,
  connection: LiveConnection,
  { settings, clock, signal }: Putting,
): Promise<void> {
  if (picture) connection.sendPicture(picture)
  if (!audio) {
    if (text !== undefined) connection.sendText(text, settings.profile.typed)
    return
  }
  if (text !== undefined) connection.addContext(text)
  const chunk = samplesIn(CHUNK_MS, audio.rate)
  const length = audio.pcm.length + samplesIn(TRAIL_MS, audio.rate)
  for (let at = 0; at < length && !signal.aborted; at += chunk) {
    const piece = audio.pcm.subarray(at, at + chunk)
    connection.sendAudio(piece.length > 0 ? piece : new Int16Array(chunk), audio.rate)
    await sleep(clock, CHUNK_MS / HASTE, signal).catch(() => {})
  }
  if (!signal.aborted) connection.endAudio()
}
