import { AudioTrackFeature } from '@livekit/rtc-ffi-bindings'
import {
  AudioFrame,
  AudioResampler,
  type ByteStreamReader,
  type RemoteTrackPublication,
  type Room,
} from '@livekit/rtc-node'
import { decodeOpus } from '../audio/opus.ts'
import { readWebM, WEBM_MAGIC } from '../audio/webm.ts'
import type { Clock } from '../clock.ts'
import { asError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Stats } from '../stats.ts'
import { type Bytes, HEARING_RATE, type Ms } from '../units.ts'
import { isPerson } from './people.ts'

const TOPIC = 'lk.agent.pre-connect-audio-buffer'
/** The recording is on its way when the track is subscribed to; what is not here by then is not waited for. */
const WAIT_MS: Ms = 3_000
/** Clients begin to send as soon as they see us; one that was begun earlier was not meant for us. */
const OLDEST_MS: Ms = 1_000
/** Clients stop recording after ten seconds. */
const MOST_MS: Ms = 10_000
/** Ten seconds of stereo at 48 kHz, the most that any client sends. */
const MOST_BYTES: Bytes = 2_000_000
/** More recordings than this at once are a flood. */
const MOST_WAITING = 64
const NOTHING = new Int16Array(0)

type Arrival = PromiseWithResolvers<Int16Array> & { isTaken: boolean; isLate: boolean }

/** What people said before we were there, as LiveKit's clients record it while they wait for an agent. */
export class Preconnect {
  readonly #room: Room
  readonly #clock: Clock
  readonly #log: Log
  readonly #stats: Stats
  /** By track, from when either side asks for it; a track's recording comes once. */
  readonly #arrivals = new Map<string, Arrival>()

  constructor(room: Room, { clock, log, stats }: { clock: Clock; log: Log; stats: Stats }) {
    this.#room = room
    this.#clock = clock
    this.#log = log
    this.#stats = stats
    room.registerByteStreamHandler(TOPIC, (reader, { identity }) => {
      this.#receive(reader, identity).catch(thrown => {
        stats.add('preconnect_refused')
        log.warn('sound from before we came is not used', { identity, error: asError(thrown) })
      })
    })
  }

  /**
   * The recording that its owner sent for this track, 16 kHz mono; empty when there is none, when it does not come in time, and when it was
   * asked for before. Never rejects.
   */
  async of(identity: string, trackId: string): Promise<Int16Array> {
    const arrival = this.#arrival(identity, trackId)
    if (arrival.isTaken) return NOTHING
    arrival.isTaken = true
    const alarm = this.#clock.after(WAIT_MS, () => {
      arrival.isLate = true
      arrival.resolve(NOTHING)
    })
    const pcm = await arrival.promise
    alarm.cancel()
    return pcm
  }

  #arrival(identity: string, trackId: string): Arrival {
    // Nobody speaks for another's track.
    const key = `${identity} ${trackId}`
    const known = this.#arrivals.get(key)
    if (known !== undefined) return known
    const arrival = { ...Promise.withResolvers<Int16Array>(), isTaken: false, isLate: false }
    this.#arrivals.set(key, arrival)
    const [oldest] = this.#arrivals.keys()
    if (this.#arrivals.size > MOST_WAITING && oldest !== undefined) {
      this.#arrivals.get(oldest)?.resolve(NOTHING)
      this.#arrivals.delete(oldest)
    }
    return arrival
  }

  async #receive(reader: ByteStreamReader, identity: string): Promise<void> {
    const { attributes = {}, timestamp } = reader.info
    const trackId = attributes.trackId ?? ''
    const participant = this.#room.remoteParticipants.get(identity)
    if (participant === undefined || !isPerson(participant))
      throw new Error('it comes from nobody we listen to')
    const ageMs = this.#clock.wall() - timestamp
    if (ageMs > OLDEST_MS) throw new Error(`it is ${Math.round(ageMs)} ms old`)
    const arrival = this.#arrival(identity, trackId)
    try {
      const pcm = await soundOf(await bytesOf(reader), attributes)
      if (arrival.isLate) throw new Error('it came too late')
      this.#stats.add('preconnect_ms', Math.round((pcm.length * 1000) / HEARING_RATE))
      this.#log.info('heard what was said before we came', {
        identity,
        ms: (pcm.length * 1000) / HEARING_RATE,
      })
      arrival.resolve(pcm)
    } catch (thrown) {
      arrival.resolve(NOTHING)
      throw thrown
    }
  }
}

/** Whether the owner of a track recorded what they said before it was published. */
export function isPreconnected(publication: RemoteTrackPublication): boolean {
  return publication.info?.audioFeatures?.includes(AudioTrackFeature.TF_PRECONNECT_BUFFER) ?? false
}

async function bytesOf(reader: ByteStreamReader): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of reader) {
    length += part.length
    if (length > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** A recording as 16 kHz mono, whatever it comes in. The bytes tell better than the type that a client gives it. */
async function soundOf(bytes: Buffer, attributes: Record<string, string>): Promise<Int16Array> {
  if (bytes.length < 8) return NOTHING
  if (bytes.readUInt32BE(0) === WEBM_MAGIC) return decodeOpus(readWebM(bytes), MOST_MS)
  if (bytes.toString('latin1', 4, 8) === 'ftyp')
    throw new Error('it is MP4, as Safari records before 18.4; WebM with Opus and PCM are read')
  if (bytes.toString('latin1', 0, 4) === 'OggS') throw new Error('it is Ogg, which is not read here')
  const rate = Number(attributes.sampleRate)
  const channels = Number(attributes.channels)
  if (!(rate >= 8_000 && rate <= 96_000) || !(channels === 1 || channels === 2))
    throw new Error('it says no sample rate, or no number of channels')
  const mono = monoOf(bytes, channels)
  const ms = (mono.length * 1000) / rate
  if (ms > MOST_MS) throw new Error(`it is ${Math.round(ms)} ms long`)
  return resampled(mono, rate)
}

/** PCM16 little-endian, in memory of its own. */
function monoOf(bytes: Buffer, channels: number): Int16Array {
  const mono = new Int16Array(Math.floor(bytes.length / (2 * channels)))
  for (let i = 0; i < mono.length; i++) {
    let sum = 0
    for (let channel = 0; channel < channels; channel++)
      sum += bytes.readInt16LE((i * channels + channel) * 2)
    mono[i] = Math.round(sum / channels)
  }
  return mono
}

function resampled(mono: Int16Array, rate: number): Int16Array {
  if (rate === HEARING_RATE) return mono
  const resampler = new AudioResampler(rate, HEARING_RATE, 1)
  try {
    const frames = [...resampler.push(new AudioFrame(mono, rate, 1, mono.length)), ...resampler.flush()]
    const out = new Int16Array(frames.reduce((sum, { data }) => sum + data.length, 0))
    let at = 0
    for (const { data } of frames) {
      out.set(data, at)
      at += data.length
    }
    return out
  } finally {
    resampler.close()
  }
}
