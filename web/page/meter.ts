let shared: AudioContext | undefined

/** One for the page: browsers allow only a few. Resumed by the next touch where the browser wants one first. */
function audioContext(): AudioContext {
  shared ??= new AudioContext()
  const context = shared
  if (context.state === 'suspended') {
    const resume = () => void context.resume().catch(() => {})
    resume()
    addEventListener('pointerdown', resume, { once: true })
    addEventListener('keydown', resume, { once: true })
  }
  return context
}

/** How loud a track is now. It listens only: what is heard comes from elsewhere. */
export class Meter {
  readonly #source: MediaStreamAudioSourceNode
  readonly #analyser: AnalyserNode
  readonly #wave: Uint8Array<ArrayBuffer>
  readonly #spectrum: Uint8Array<ArrayBuffer>

  constructor(track: MediaStreamTrack) {
    const context = audioContext()
    this.#source = context.createMediaStreamSource(new MediaStream([track]))
    this.#analyser = new AnalyserNode(context, { fftSize: 512, smoothingTimeConstant: 0.6 })
    this.#source.connect(this.#analyser)
    this.#wave = new Uint8Array(this.#analyser.fftSize)
    this.#spectrum = new Uint8Array(this.#analyser.frequencyBinCount)
  }

  /** 0 (silence) to 1 (full scale), curved so that ordinary talk is near the middle. */
  level(): number {
    this.#analyser.getByteTimeDomainData(this.#wave)
    let sum = 0
    for (const sample of this.#wave) sum += (sample - 128) ** 2
    const loudness = Math.sqrt(sum / this.#wave.length) / 128
    return Math.min(1, Math.sqrt(loudness * 1.6))
  }

  /** The same by pitch: `count` bands from 90 Hz to 5 kHz, each an octave or so, 0 to 1. */
  bands(count: number): number[] {
    this.#analyser.getByteFrequencyData(this.#spectrum)
    const width = this.#analyser.context.sampleRate / this.#analyser.fftSize
    const edge = (band: number) => Math.round((90 * (5000 / 90) ** (band / count)) / width)
    return Array.from({ length: count }, (_, band) => {
      const from = edge(band)
      const part = this.#spectrum.subarray(from, Math.max(from + 1, edge(band + 1)))
      return Math.max(...part) / 255
    })
  }

  close(): void {
    this.#source.disconnect()
  }
}
