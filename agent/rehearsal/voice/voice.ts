import type { Bytes } from '../../units.ts'
import { cast, DEFAULT_VOICE } from './cast.ts'
import type { Synthesiser } from './synthesiser.ts'

/** A sentence longer than this is cut: the synthesiser would be busy with it for too long. */
const MOST_CHARACTERS = 400
/** Sentences that may wait for the synthesiser before a further one is refused. */
const MOST_WAITING = 1_000

/** The voices of the rehearsal: sentences to sound, with the sounds of late kept because most sentences come again. */
export class Voice {
  readonly #synthesiser: Synthesiser
  readonly #mostBytes: Bytes
  /** Least recently used first. */
  readonly #sounds = new Map<string, Int16Array>()
  readonly #waiting = new Map<string, Promise<Int16Array>>()
  #bytes = 0

  /** `mostBytes` bounds the sounds kept; one minute is 2.9 MB. */
  constructor(synthesiser: Synthesiser, mostBytes: Bytes = 24 * 2 ** 20) {
    this.#synthesiser = synthesiser
    this.#mostBytes = mostBytes
  }

  /** The sound of `sentence` where it is still kept: it can be sent at once. Not to be written to. */
  kept(sentence: string, name = DEFAULT_VOICE): Int16Array | undefined {
    const key = keyOf(sentence, name)
    const sound = this.#sounds.get(key)
    if (sound === undefined) return undefined
    this.#sounds.delete(key)
    this.#sounds.set(key, sound)
    return sound
  }

  /**
   * 24 kHz PCM16 mono of `sentence` in the voice called `name`. Shared with whoever says the same: not to be written to.
   * Rejects when it cannot be spoken, or when too many wait.
   */
  say(sentence: string, name = DEFAULT_VOICE): Promise<Int16Array> {
    const kept = this.kept(sentence, name)
    if (kept !== undefined) return Promise.resolve(kept)
    const key = keyOf(sentence, name)
    const waiting = this.#waiting.get(key)
    if (waiting !== undefined) return waiting
    if (this.#waiting.size >= MOST_WAITING)
      return Promise.reject(new Error(`More than ${MOST_WAITING} sentences wait for the synthesiser`))
    const saying = this.#make(sentence, name, key)
    this.#waiting.set(key, saying)
    return saying
  }

  async #make(sentence: string, name: string, key: string): Promise<Int16Array> {
    try {
      const part = cast[name] ?? cast[DEFAULT_VOICE]!
      const sound = await this.#synthesiser.speak(speakable(sentence), part)
      this.#keep(key, sound)
      return sound
    } finally {
      this.#waiting.delete(key)
    }
  }

  #keep(key: string, sound: Int16Array): void {
    this.#sounds.set(key, sound)
    this.#bytes += sound.byteLength
    for (const [oldest, { byteLength }] of this.#sounds) {
      if (this.#bytes <= this.#mostBytes) break
      this.#sounds.delete(oldest)
      this.#bytes -= byteLength
    }
  }
}

/** What comes later in a sentence is cut anyway. */
const keyOf = (sentence: string, name: string) => `${name}\n${sentence.slice(0, 4 * MOST_CHARACTERS)}`

/** What the English synthesiser can say of `sentence`: accents dropped, other scripts named instead of being passed over in silence. */
export function speakable(sentence: string): string {
  const plain = sentence
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[ßæœøłđðþı]/gi, letter => spelled[letter.toLowerCase()] ?? letter)
    .replace(/[‘’]/g, "'")
    .replace(/[^\n -~]+/g, other => (/\p{L}/u.test(other) ? ' words in another script ' : ' '))
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MOST_CHARACTERS)
  return /[A-Za-z0-9]/.test(plain) ? plain : 'Something that I cannot say.'
}

/** Latin letters that are no others with a mark. */
const spelled: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
}
