import { execFileSync } from 'node:child_process'

export type Speech = { pcm: Int16Array; rate: number; ms: number }

/** Says `text` with espeak-ng: PCM16 mono at the synthesiser's own rate. */
export function speech(text: string, voice = 'en-us'): Speech {
  const wav = execFileSync('espeak-ng', ['-v', voice, '--stdout', text], { maxBuffer: 64 * 2 ** 20 })
  // The header of a WAV file that is written to a pipe is 44 bytes; the rate is at 24.
  const rate = wav.readUInt32LE(24)
  const pcm = new Int16Array((wav.length - 44) >> 1)
  for (let i = 0; i < pcm.length; i++) pcm[i] = wav.readInt16LE(44 + i * 2)
  return { pcm, rate, ms: (pcm.length * 1000) / rate }
}
