import { once } from 'node:events'
import { WebSocket } from 'ws'
import { HEARING_RATE, type Ms } from '../../agent/units.ts'
import { blob, silence, tone } from '../agent/rehearsal/client.ts'
import { now, pause } from './instant.ts'

const CHUNK_MS: Ms = 20
const SPEECH_MS: Ms = 2_000
/** Each speaks, is answered and waits in turns of this length. */
const PERIOD_MS: Ms = 8_000
/** What the rehearsal waits for where a setup says nothing. */
export const SILENCE_MS: Ms = 500
const METHOD = 'google.ai.generativelanguage.v1.GenerativeService.BidiGenerateContent'

/** What the clients of a rehearsal saw. */
export type Figures = {
  /** From setup to setupComplete. */
  setups: Ms[]
  /** From the last chunk of speech to the first of the answer, the silence included. */
  answers: Ms[]
  /** How much of the answer was still unheard when its next chunk came; below 0 the chunk was late. */
  spare: Ms[]
}

export const noFigures = (): Figures => ({ setups: [], answers: [], spare: [] })

const sound = [tone(SPEECH_MS), silence(PERIOD_MS - SPEECH_MS)]
const samples = (HEARING_RATE * CHUNK_MS) / 1000
const chunks = sound.flatMap(pcm =>
  Array.from({ length: pcm.length / samples }, (_, i) =>
    JSON.stringify({ realtimeInput: { audio: blob(pcm.subarray(i * samples, (i + 1) * samples)) } }),
  ),
)

/** `count` clients of the rehearsal at `url` talk for `ms`, each beginning somewhere else in the turn. All are set up at once. */
export async function talk(url: string, count: number, ms: Ms, into: Figures): Promise<void> {
  const talkers = await Promise.all(Array.from({ length: count }, () => Talker.connect(url, into)))
  await Promise.all(talkers.map(talker => talker.setUp()))
  const start = now()
  for (let step = 0; now() - start < ms; step++) {
    for (const [i, talker] of talkers.entries())
      talker.say((step + Math.round((i / count) * chunks.length)) % chunks.length)
    const wait = start + (step + 1) * CHUNK_MS - now()
    if (wait > 0) await pause(wait)
  }
  for (const talker of talkers) talker.close()
}

/** What became of many connections: `alive` are told that all of them were let in. */
export type Rush = { taken: number; refused: number; lost: number }

/** Tries `tries` connections, `atOnce` at a time, and keeps every one that is let in open until the end. */
export async function rush(url: string, tries: number, atOnce: number): Promise<Rush> {
  const outcome: Rush = { taken: 0, refused: 0, lost: 0 }
  const kept: WebSocket[] = []
  const once = async () => {
    const ws = new WebSocket(addressOf(url))
    const came = await new Promise<string>(resolve => {
      ws.once('open', () => resolve('open'))
      ws.once('error', error => resolve(error.message))
    })
    if (came === 'open') kept.push(ws)
    outcome[came === 'open' ? 'taken' : came.includes('429') ? 'refused' : 'lost']++
  }
  for (let done = 0; done < tries; done += atOnce)
    await Promise.all(Array.from({ length: Math.min(atOnce, tries - done) }, once))
  for (const ws of kept) ws.terminate()
  return outcome
}

const addressOf = (url: string) => `${url.replace('http', 'ws')}/ws/${METHOD}?key=k`

class Talker {
  readonly #ws: WebSocket
  readonly #figures: Figures
  readonly #complete = Promise.withResolvers<void>()
  #askedAt: Ms = 0
  #spokeAt: Ms | undefined
  #playedUntil: Ms | undefined

  private constructor(ws: WebSocket, figures: Figures) {
    this.#ws = ws
    this.#figures = figures
    ws.on('message', (data: Buffer) => this.#receive(data.toString()))
  }

  static async connect(url: string, figures: Figures): Promise<Talker> {
    const ws = new WebSocket(addressOf(url))
    await once(ws, 'open')
    return new Talker(ws, figures)
  }

  setUp(): Promise<void> {
    this.#askedAt = now()
    this.#ws.send(JSON.stringify({ setup: { model: 'models/gemini-3.8-live' } }))
    return this.#complete.promise
  }

  /** Sends the chunk at this place of the turn. */
  say(place: number): void {
    this.#ws.send(chunks[place]!)
    if (place === SPEECH_MS / CHUNK_MS - 1) this.#spokeAt = now()
  }

  close(): void {
    this.#ws.terminate()
  }

  #receive(text: string): void {
    const at = now()
    if (text.startsWith('{"setupComplete"')) {
      this.#figures.setups.push(at - this.#askedAt)
      this.#complete.resolve()
    }
    const encoded = /"data":"([^"]*)"/.exec(text)?.[1]
    if (encoded !== undefined) this.#hear(at, Buffer.byteLength(encoded, 'base64') / 48)
    if (text.includes('"turnComplete"')) this.#playedUntil = undefined
  }

  #hear(at: Ms, ms: Ms): void {
    if (this.#spokeAt !== undefined) this.#figures.answers.push(at - this.#spokeAt)
    if (this.#playedUntil !== undefined) this.#figures.spare.push(this.#playedUntil - at)
    this.#playedUntil = Math.max(this.#playedUntil ?? at, at) + ms
    this.#spokeAt = undefined
  }
}
