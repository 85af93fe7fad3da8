import { msOf } from '../audio/pcm.ts'
import { type Ms, SPEECH_RATE } from '../units.ts'
import type { LiveEvent } from './events.ts'
import type { Outbox } from './outbox.ts'
import type { Recall } from './recall.ts'
import type { Watch } from './watch/watch.ts'

export type IntakeOptions = {
  watch: Watch
  outbox: Outbox
  recall: Recall
  /** Who is talking, by name. */
  speaker: () => string
  /** Whether what is being said is for the model. */
  isAnswerWanted: () => boolean
}

/** What the model's events say about what was said to it: what it has understood, what is remembered, and what it owes an answer to. */
export class Intake {
  readonly #options: IntakeOptions

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /** Takes an event in; false where it belongs to an answer that is over, and nobody is to hear of it. */
  receive(event: LiveEvent, at: Ms): boolean {
    const { watch, outbox } = this.#options
    const wasOpen = outbox.isOpen
    const wasInterrupted = watch.isInterrupted(at)
    outbox.heardFrom(at)
    if (!watch.received(event, at)) return false
    if (event.type === 'handle') this.#placed(event)
    else if (event.type !== 'goAway') this.#read(event, wasOpen, wasInterrupted)
    return true
  }

  #placed({ handle, consumed }: Extract<LiveEvent, { type: 'handle' }>): void {
    const { outbox, recall } = this.#options
    if (consumed !== undefined) outbox.consumedUntil(consumed)
    if (handle === undefined) return outbox.unsettled()
    outbox.saved()
    recall.saved()
  }

  #read(event: LiveEvent, wasOpen: boolean, wasInterrupted: boolean): void {
    const { watch, outbox, recall, speaker, isAnswerWanted } = this.#options
    switch (event.type) {
      case 'audio':
        outbox.answered(watch.isHeard, msOf(event.pcm.length, SPEECH_RATE))
        break
      case 'call':
        if (!watch.calls.isRepetition) outbox.answered()
        break
      case 'interrupted':
        outbox.interrupted()
        break
      case 'heard':
        outbox.writtenDown()
        recall.hear(speaker(), event.text)
        break
      case 'turnComplete':
        outbox.turnEnded(wasInterrupted)
        break
    }
    if (!outbox.isOpen) recall.understood()
    if (event.type === 'said') recall.add('', event.text)
    const isNews = event.type === 'heard' || (wasOpen && !outbox.isOpen)
    if (isNews && isAnswerWanted()) watch.asked()
  }
}
