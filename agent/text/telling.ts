import type { Ms } from '../units.ts'

/** How fast people talk, ms a character: for words whose sound is still to come. */
const CHARACTER_MS: Ms = 65

/**
 * One answer as it is told: its words and its sound, which come in pieces, bundled, the one before or behind the other. Knows which
 * words belong to the first so many ms of it, as well as that can be known without the model's help: between two places where both
 * are known the words are laid evenly over the sound.
 */
export class Telling {
  #text = ''
  #soundMs: Ms = 0
  /** Where a piece of text came: so much sound was there, and so many characters before it. */
  readonly #pieces: { soundMs: Ms; from: number; to: number }[] = []

  get text(): string {
    return this.#text
  }

  /** The sound of it so far, ms. */
  get soundMs(): Ms {
    return this.#soundMs
  }

  words(piece: string): void {
    const from = this.#text.length
    this.#text += piece
    this.#pieces.push({ soundMs: this.#soundMs, from, to: this.#text.length })
  }

  sound(duration: Ms): void {
    this.#soundMs += duration
  }

  /** The words of the first `heardMs` of sound, whole ones only. */
  until(heardMs: Ms): string {
    if (heardMs <= 0) return ''
    const at = this.#charactersAt(heardMs)
    if (at >= this.#text.length) return this.#text
    // A word that was broken off was not understood.
    return /^\S/.test(this.#text.slice(at))
      ? this.#text.slice(0, at).replace(/\S+$/, '')
      : this.#text.slice(0, at)
  }

  #charactersAt(ms: Ms): number {
    let [beforeMs, before]: [Ms, number] = [0, 0]
    for (const [soundMs, characters] of this.#landmarks()) {
      if (soundMs >= ms)
        return (
          before + Math.floor(((characters - before) * (ms - beforeMs)) / Math.max(1, soundMs - beforeMs))
        )
      ;[beforeMs, before] = [soundMs, characters]
    }
    return this.#text.length
  }

  /** So many characters have been said at such a time; both only grow. */
  #landmarks(): [Ms, number][] {
    const [first] = this.#pieces
    if (first === undefined) return []
    // Words that run ahead of their sound are said by the time when the next ones come; those that follow it, when they come.
    if (first.soundMs > 0) return this.#pieces.map(({ soundMs, to }): [Ms, number] => [soundMs, to])
    const last = this.#pieces.at(-1)!
    const endMs = Math.max(this.#soundMs, last.soundMs + (last.to - last.from) * CHARACTER_MS)
    return [
      ...this.#pieces.map(({ soundMs, from }): [Ms, number] => [soundMs, from]),
      [endMs, this.#text.length],
    ]
  }
}
