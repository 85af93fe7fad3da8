import { HEARING_RATE, type Ms } from '../units.ts'
import { samplesIn } from './pcm.ts'
import type { OpusTrack } from './webm.ts'

/** So many packets are decoded at once, a millisecond or two of work; the sound of the room goes on in between. */
const BATCH = 10

/** An Opus track as 16 kHz mono PCM16, at most `most` ms of it; what is damaged is left out. */
export async function decodeOpus({ channels, preSkip, packets }: OpusTrack, most: Ms): Promise<Int16Array> {
  // Loaded when it is needed: most rooms never do.
  const { OpusDecoder } = await import('opus-decoder')
  const decoder = new OpusDecoder({ sampleRate: HEARING_RATE as 16_000, channels, preSkip })
  await decoder.ready
  try {
    const pcm = new Int16Array(samplesIn(most, HEARING_RATE))
    let length = 0
    for (let at = 0; at < packets.length && length < pcm.length; at += BATCH) {
      const { channelData, samplesDecoded } = decoder.decodeFrames(packets.slice(at, at + BATCH))
      for (let i = 0; i < samplesDecoded && length < pcm.length; i++) {
        let sum = 0
        for (const channel of channelData) sum += channel[i]!
        pcm[length++] = Math.max(-32_768, Math.min(32_767, Math.round((sum / channelData.length) * 32_768)))
      }
      await new Promise(resolve => setImmediate(resolve))
    }
    return pcm.slice(0, length)
  } finally {
    decoder.free()
  }
}
