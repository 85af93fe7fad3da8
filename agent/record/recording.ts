import { Downsampler } from '../audio/downsample.ts'
import { msOf, samplesIn } from '../audio/pcm.ts'
import { HEARING_RATE, type Ms, type Samples } from '../units.ts'
import { Side } from './side.ts'

/** People's sound catches up after a stall of the process; a longer pause than this is a pause. */
const PEOPLE_SLACK_MS: Ms = 600
/** The agent's frames follow each other exactly, or an answer has ended. */
const AGENT_SLACK_MS: Ms = 40
/** Sound is final this long after its time: until then it may still come, or be interrupted. */
const SETTLED_MS: Ms = 1_500
/** After a pause of the whole process no more than this is made up at once, ms. */
const MOST_MS: Ms = 4_000

/** A conversation as stereo sound at 16 kHz: the people left, the agent right, as they were heard. It owns no time. */
export class Recording {
  readonly #people = new Side(PEOPLE_SLACK_MS)
  readonly #agent = new Side(AGENT_SLACK_MS)
  readonly #down = new Downsampler()
  #taken: Samples = 0

  /** Samples that came too late to be recorded. */
  get lost(): Samples {
    return this.#people.lost + this.#agent.lost
  }

  /** 16 kHz mono of everybody together, heard until `at` (ms from the beginning). */
  people(pcm: Int16Array, at: Ms): void {
    this.#people.put(pcm, at - msOf(pcm.length, HEARING_RATE))
  }

  /** 24 kHz mono of the agent, to be heard from `at` on, or after what it is still saying. */
  agent(pcm: Int16Array, at: Ms): void {
    this.#agent.put(this.#down.push(pcm), at)
  }

  /** The agent was interrupted at `at`: what it had not said by then is not heard. */
  interrupted(at: Ms): void {
    this.#agent.cut(at)
  }

  /** What is final at `at`, left and right in turn, since the last call; at most four seconds. All of it when the conversation is over. */
  take(at: Ms, isOver = false): Int16Array {
    const until = samplesIn(Math.max(0, isOver ? at : at - SETTLED_MS), HEARING_RATE)
    const count = Math.min(Math.max(0, until - this.#taken), samplesIn(MOST_MS, HEARING_RATE))
    const people = this.#people.take(count)
    const agent = this.#agent.take(count)
    const stereo = new Int16Array(count * 2)
    for (let i = 0; i < count; i++) {
      stereo[2 * i] = people[i]!
      stereo[2 * i + 1] = agent[i]!
    }
    this.#taken += count
    return stereo
  }
}
