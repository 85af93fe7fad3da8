import type { Hz } from '../../units.ts'

/** How one name sounds: whose recordings, how high, how large a throat, how fast. */
export type Part = {
  /** The synthesiser's own voice. `kal16` is ten times cheaper than the others, and sounds it. */
  speaker: 'kal16' | 'rms' | 'awb' | 'slt'
  /** Mean pitch of the result. */
  pitch: Hz
  /** Above 1: every resonance higher by this factor, as in a smaller head. */
  throat: number
  /** Above 1: faster by this factor. */
  tempo: number
}

/** The voice of a setup that names none. */
export const DEFAULT_VOICE = 'Puck'

const part = (speaker: Part['speaker'], pitch: Hz, throat: number, tempo: number): Part => ({
  speaker,
  pitch,
  throat,
  tempo,
})

/**
 * A sound of its own for each prebuilt voice: whether it is rather a man's or a woman's follows Google's own voice, the rest is
 * only meant to be told apart. https://ai.google.dev/gemini-api/docs/speech-generation#voices
 */
export const cast: Readonly<Record<string, Part>> = {
  Zephyr: part('slt', 215, 1.1, 1.15),
  Puck: part('kal16', 118, 1.04, 1.15),
  Charon: part('rms', 88, 0.9, 1.05),
  Kore: part('slt', 175, 1, 1.1),
  Fenrir: part('awb', 118, 0.94, 1.2),
  Leda: part('slt', 245, 1.18, 1.15),
  Orus: part('rms', 104, 1, 1.15),
  Aoede: part('slt', 200, 1.04, 1.05),
  Callirrhoe: part('slt', 176, 0.96, 0.92),
  Autonoe: part('slt', 196, 1.17, 1.08),
  Enceladus: part('awb', 100, 1, 1),
  Iapetus: part('rms', 116, 1.07, 1.1),
  Umbriel: part('kal16', 92, 0.94, 1),
  Algieba: part('rms', 96, 0.96, 0.98),
  Despina: part('slt', 164, 1.1, 0.94),
  Erinome: part('slt', 182, 1.12, 1.22),
  Algenib: part('kal16', 80, 0.86, 1.05),
  Rasalgethi: part('awb', 128, 1.08, 1.1),
  Laomedeia: part('slt', 232, 1.03, 1.25),
  Achernar: part('slt', 222, 0.97, 0.98),
  Alnilam: part('rms', 142, 1.22, 1.22),
  Schedar: part('kal16', 106, 1.14, 1.1),
  Gacrux: part('slt', 148, 0.9, 1),
  Pulcherrima: part('slt', 206, 0.95, 1.2),
  Achird: part('awb', 140, 1.16, 1.2),
  Zubenelgenubi: part('awb', 88, 0.88, 1.1),
  Vindemiatrix: part('slt', 160, 0.98, 1.12),
  Sadachbia: part('kal16', 136, 1.1, 1.25),
  Sadaltager: part('kal16', 128, 0.91, 0.96),
  Sulafat: part('slt', 184, 0.9, 1.05),
}

/** Flite's arguments for `text` in this part. The throat is left to the resampler, so pitch and tempo lean against it here. */
export function fliteArguments(text: string, { speaker, pitch, throat, tempo }: Part): string[] {
  const mean = (pitch / throat).toFixed(1)
  const stretch = (throat / tempo).toFixed(3)
  const features = ['--setf', `int_f0_target_mean=${mean}`, '--setf', `duration_stretch=${stretch}`]
  return ['-voice', speaker, ...features, '-t', text]
}
