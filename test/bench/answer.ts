import { type Hz, type Ms, SPEECH_RATE } from '../../agent/units.ts'
import { seeded } from './statistics.ts'
import { sine } from './tone.ts'

/** The tone in which the stand-in answers. */
export const ANSWER_TONE: Hz = 1600

/** One message of an answer, and when it is due after the answer's start. */
export type Piece = { dueMs: Ms; message: Buffer }

/** A server message as the Live API sends it: JSON in a binary frame. */
export function frame(message: object): Buffer {
  return Buffer.from(JSON.stringify(message))
}

/** A tone of `ms` in one message, due at once. */
export function shortAnswer(ms: Ms): Piece[] {
  return [{ dueMs: 0, message: speech(0, (ms * SPEECH_RATE) / 1000) }]
}

/**
 * A tone of `ms` as the Live API sends long answers: bursts of 0.2 to 0.9 s, each as messages of 40 to 320 ms that end on
 * any sample, and the next burst so that on average `speed` times real time is sent. The same every time.
 */
export function burstyAnswer(ms: Ms, speed: number, voice: Voice = toneVoice): Piece[] {
  const random = seeded(1)
  const between = (least: Ms, most: Ms) =>
    Math.round(((least + (most - least) * random()) * SPEECH_RATE) / 1000)
  const total = (ms * SPEECH_RATE) / 1000
  const pieces: Piece[] = []
  for (let sent = 0; sent < total; ) {
    const dueMs = ((sent / SPEECH_RATE) * 1000) / speed
    const burstEnd = Math.min(total, sent + between(200, 900))
    while (sent < burstEnd) {
      const samples = Math.min(burstEnd - sent, between(40, 320))
      pieces.push({ dueMs, message: speech(sent, samples, voice) })
      sent += samples
    }
  }
  return pieces
}

/** Sound of 24 kHz mono PCM16 from a place on, of its own memory. */
export type Voice = (from: number, samples: number) => Int16Array

const toneVoice: Voice = (from, samples) => sine(ANSWER_TONE, SPEECH_RATE, samples, from)

function speech(from: number, samples: number, voice: Voice = toneVoice): Buffer {
  const data = Buffer.from(voice(from, samples).buffer).toString('base64')
  const inlineData = { mimeType: `audio/pcm;rate=${SPEECH_RATE}`, data }
  return frame({ serverContent: { modelTurn: { role: 'model', parts: [{ inlineData }] } } })
}
