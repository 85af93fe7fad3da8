import type { Ms } from '../../units.ts'

/** How the input transcription of speech reads that nobody understood. */
export function honestTranscript(speechMs: Ms): string {
  return `[${seconds(speechMs)} s of speech]`
}

/** Tenths up to ten seconds, whole seconds above: nobody counts tenths there, and sentences come again that can be kept. */
export function seconds(ms: Ms): string {
  return ms < 9_950 ? (ms / 1000).toFixed(1) : `${Math.round(ms / 1000)}`
}
