import { WavWriter } from '../audio/wav.ts'
import { asError } from '../errors.ts'
import { SPEECH_RATE } from '../units.ts'
import { UsageError } from './usage-error.ts'

/** The answers' sound in a file, 24 kHz mono 16-bit WAV, whole after every piece. */
export class Recording implements Disposable {
  readonly #path: string
  readonly #wav: WavWriter
  #failure: UsageError | undefined

  /** @throws UsageError where the file cannot be made */
  constructor(path: string) {
    this.#path = path
    try {
      this.#wav = new WavWriter(path, SPEECH_RATE)
    } catch (thrown) {
      throw this.#refusal(thrown)
    }
  }

  /** What kept it from being written to its end, such as a full disk. */
  get failure(): UsageError | undefined {
    return this.#failure
  }

  /** Never throws: the answer goes on without its file. */
  write(pcm: Int16Array): void {
    if (this.#failure !== undefined) return
    try {
      this.#wav.write(pcm)
    } catch (thrown) {
      this.#failure = this.#refusal(thrown)
    }
  }

  [Symbol.dispose](): void {
    this.#wav.close()
  }

  #refusal(thrown: unknown): UsageError {
    const { code, message } = asError(thrown) as NodeJS.ErrnoException
    return new UsageError(`--out: ${this.#path} cannot be written (${code ?? message})`)
  }
}
