/** Levels compared at a time: 12 s at ten a second. */
const SAMPLES = 120
/** Another's sound comes to us later than it does to our microphone, by up to so many samples. */
const MOST_DELAY = 6
/** How much alike the two have to be, 0 to 1; people who merely talk in turns stay below half of it. */
const ALIKE = 0.85
/** Quieter than this is nobody talking, 0 to 1. */
const QUIET = 0.06
/** So much of the time somebody has to talk, and as much to be silent: of what never changes nothing can be told. */
const LEAST_SHARE = 0.2

/**
 * Tells whether one's own microphone hears somebody of the room through the air: its level then follows theirs. Two in one
 * place send every word twice, and the agent's voice round and round.
 */
export class SameRoom {
  readonly #mine: number[] = []
  readonly #theirs: number[] = []

  /** The levels of one moment, 0 to 1: of one's microphone, and of the other as they are heard. True when the two are alike. */
  add(mine: number, theirs: number): boolean {
    push(this.#mine, mine)
    push(this.#theirs, theirs)
    if (this.#theirs.length < SAMPLES) return false
    const talking = this.#theirs.filter(level => level > QUIET).length / SAMPLES
    if (talking < LEAST_SHARE || talking > 1 - LEAST_SHARE) return false
    for (let delay = 0; delay <= MOST_DELAY; delay++)
      if (likeness(this.#mine.slice(0, SAMPLES - delay), this.#theirs.slice(delay)) > ALIKE) return true
    return false
  }
}

function push(levels: number[], level: number): void {
  levels.push(level)
  if (levels.length > SAMPLES) levels.shift()
}

/** Pearson's correlation; 0 where one of the two never changes. */
function likeness(some: readonly number[], others: readonly number[]): number {
  const mean = (levels: readonly number[]) => levels.reduce((sum, level) => sum + level, 0) / levels.length
  const [a, b] = [mean(some), mean(others)]
  let product = 0
  let squareA = 0
  let squareB = 0
  for (const [at, level] of some.entries()) {
    const [x, y] = [level - a, (others[at] ?? 0) - b]
    product += x * y
    squareA += x * x
    squareB += y * y
  }
  const spread = Math.sqrt(squareA * squareB)
  return spread < 1e-6 ? 0 : product / spread
}
