/** A name this long may be heard with one letter wrong, and a longer one with two; shorter ones are too easily another word. */
const ONE_WRONG = 5
const TWO_WRONG = 8
/** Somebody who is called upon is named this early in a sentence, in words: "Ben, ...", "and Ben, ...". */
const OPENING_WORDS = 2
/** Names and texts beyond this are not looked at, in characters. */
const MOST_CHARACTERS = 4_000

/** Finds a name in what people were heard to say, as a recogniser may have spelt it: "Rountable", "round table", "Roundtable's". */
export class Address {
  readonly #names: readonly string[]

  /** @param names the name and its aliases, in any script; empty ones are left out */
  constructor(names: readonly string[]) {
    this.#names = [...new Set(names.map(name => wordsOf(name).join('')))].filter(name => name !== '')
  }

  /** Whether one of the names is anywhere in `text`. */
  isIn(text: string): boolean {
    const words = wordsOf(text)
    return this.#names.some(
      name => words.some((_, at) => this.#begins(words.slice(at), name)) || isUnspacedIn(text, name),
    )
  }

  /** Whether `text` begins by calling upon one of the names. */
  opens(text: string): boolean {
    const words = wordsOf(text)
    return this.#names.some(name =>
      words.slice(0, OPENING_WORDS).some((_, at) => this.#begins(words.slice(at), name)),
    )
  }

  /** Whether the first words, one to three of them taken together, are `name`. */
  #begins(words: readonly string[], name: string): boolean {
    let joined = ''
    for (const word of words.slice(0, 3)) {
      joined += word
      if (joined.length > name.length + 2) return false
      if (isClose(joined, name)) return true
    }
    return false
  }
}

/** The words of a text as they sound, more or less: no case, no accents, and letters that are taken for each other made one. */
function wordsOf(text: string): string[] {
  return text
    .slice(0, MOST_CHARACTERS)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(word => word !== '')
    .map(sounding)
}

function sounding(word: string): string {
  return word
    .replace(/ph/g, 'f')
    .replace(/c(?=[eiy])/g, 's')
    .replace(/ck|c|q/g, 'k')
    .replace(/z/g, 's')
    .replace(/y/g, 'i')
    .replace(/w/g, 'v')
    .replace(/(.)\1+/gu, '$1')
}

/** Scripts without blanks between words: the name anywhere in the text is the name. */
function isUnspacedIn(text: string, name: string): boolean {
  return /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]+$/u.test(name)
    ? text.normalize('NFKD').includes(name)
    : false
}

function isClose(heard: string, name: string): boolean {
  if (heard === name) return true
  const most = name.length >= TWO_WRONG ? 2 : name.length >= ONE_WRONG ? 1 : 0
  // A wrong first letter is nearly always another word.
  return most > 0 && heard[0] === name[0] && distance(heard, name, most) <= most
}

/** How many letters were added, left out, changed or swapped with their neighbour, counted up to `most` + 1. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1]
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row[j] = Math.min(
        last[j]! + 1,
        row[j - 1]! + 1,
        last[j - 1]! + (isSame ? 0 : 1),
        isSwap ? before[j - 2]! + 1 : Number.POSITIVE_INFINITY,
      )
    }
    ;[before, last] = [last, row]
  }
  return last[b.length]!
}
