import { Allowance } from '../allowance.ts'
import type { Ms } from '../units.ts'

/** A person may type this many lines in a row without being slowed down. */
const BURST = 10
/** After that, one line in this time, ms. */
const REFILL_MS: Ms = 2_000

/** Lets a person type as people do, and stops a flood: each line may start a paid turn of the model. */
export class ChatLimit extends Allowance {
  constructor() {
    super(BURST, REFILL_MS)
  }
}

/** A typed line as the model reads it: with its author's name where there is more than one person to tell apart. */
export function lineFor(name: string, text: string, peopleCount: number): string {
  return peopleCount > 1 ? `${name}: ${text}` : text
}
