import { type Clock, sleep } from '../../clock.ts'
import { type Ms, SPEECH_RATE } from '../../units.ts'
import type { Voice } from '../voice/voice.ts'
import type { FunctionResponse } from '../wire/client-message.ts'
import { audioPart, type ServerContent, type ServerMessage } from '../wire/server-message.ts'
import { Pacer, type Pacing } from './pacing.ts'
import type { Item } from './script.ts'

/** How one session's answers are put on the wire. */
export type Delivery = {
  pacing: Pacing
  /** `one` field or part a message, or `many` together. */
  framing: 'one' | 'many'
  modality: 'AUDIO' | 'TEXT'
  /** A name of the cast. */
  voice: string | undefined
  /** Where the words of the sound are sent: in pieces with it, whole before or after each sentence, or nowhere. */
  words: 'beside' | 'before' | 'after' | 'none'
  /** Bare `{}` messages come among the others. */
  emptyMessages: boolean
}

export type Outlet = {
  /** `pcm` is the sound that the message carries, for the journal. */
  send(message: ServerMessage, pcm?: Int16Array): void
  /** Sends the calls. Resolves with the answers of BLOCKING ones when all are in; with undefined where nobody waits for them here. */
  call(item: Extract<Item, { kind: 'call' }>): Promise<FunctionResponse[] | undefined>
  /** Says `generationComplete`. */
  done(): void
}

/** What one answer came to. */
export type Spoken = {
  /** The words sent, also those of an answer that was cut off. */
  text: string
  sentMs: Ms
}

/** Speaks one answer: paced, in pieces, until done or cut off. One object an answer. */
export class Speaker {
  readonly spoken: Spoken = { text: '', sentMs: 0 }
  readonly #clock: Clock
  readonly #voice: Voice
  readonly #delivery: Delivery
  readonly #outlet: Outlet
  readonly #pacer: Pacer
  readonly #random: () => number

  /** Rides with the first content of the answer. */
  #beside: ServerContent | undefined

  constructor(
    clock: Clock,
    voice: Voice,
    delivery: Delivery,
    outlet: Outlet,
    random: () => number,
    beside?: ServerContent,
  ) {
    this.#clock = clock
    this.#voice = voice
    this.#delivery = delivery
    this.#outlet = outlet
    this.#random = random
    this.#beside = beside
    this.#pacer = new Pacer(delivery.pacing, random)
  }

  /** ms until all that was sent can have been heard; 0 where `turnComplete` is not to wait for that. */
  get unheardMs(): Ms {
    return this.#delivery.pacing.holdsTurnComplete ? this.#pacer.unheard(this.#clock.now()) : 0
  }

  /** Rejects with the signal's reason as soon as it fires; nothing is sent after that. */
  async speak(items: readonly Item[], signal: AbortSignal): Promise<void> {
    for (const [index, item] of items.entries()) {
      signal.throwIfAborted()
      // The next sentence is made while this one is being sent.
      const following = items[index + 1]
      if (following?.kind === 'say' && following.pcm === undefined && this.#delivery.modality === 'AUDIO')
        this.#voice.say(following.text, this.#delivery.voice).catch(() => {})
      await this.#perform(item, signal)
    }
  }

  async #perform(item: Item, signal: AbortSignal): Promise<void> {
    switch (item.kind) {
      case 'say':
        if (this.#delivery.modality === 'TEXT') return this.#write(item.text)
        return this.#say(item, signal)
      case 'write':
        return this.#content({
          modelTurn: { parts: [{ text: item.text, ...(item.thought ? { thought: true } : {}) }] },
        })
      case 'wait':
        return sleep(this.#clock, item.ms, signal)
      case 'send':
        return this.#outlet.send(item.message)
      case 'call': {
        const responses = await abortable(this.#outlet.call(item), signal)
        if (responses !== undefined && item.after !== undefined)
          await this.speak(item.after(responses), signal)
        return
      }
      case 'done':
        return this.#outlet.done()
    }
  }

  #write(text: string): void {
    const piece = this.spoken.text === '' ? text : ` ${text}`
    this.spoken.text += piece
    this.#content({ modelTurn: { parts: [{ text: piece }] } })
  }

  async #say(
    { text, pcm: given, gain = 1 }: Extract<Item, { kind: 'say' }>,
    signal: AbortSignal,
  ): Promise<void> {
    const { voice, words: where } = this.#delivery
    // Without an await where the sound is at hand: the first chunk leaves in the same moment as the decision to answer.
    const kept = given ?? this.#voice.kept(text, voice)
    const made = kept ?? (await this.#voice.say(text, voice))
    signal.throwIfAborted()
    const pcm = gain === 1 ? made : made.map(sample => sample * gain)
    const spaced = this.spoken.text === '' ? text : ` ${text}`
    const words = new Words(spaced, pcm.length)
    if (where === 'before') this.#transcribe(spaced)
    let from = 0
    while (from < pcm.length) {
      const wait = this.#pacer.wait(this.#clock.now())
      if (wait > 0) await sleep(this.#clock, wait, signal)
      const to = Math.min(pcm.length, from + this.#pacer.length())
      this.#chunk(pcm.subarray(from, to), words.until(to))
      from = to
    }
    if (pcm.length === 0) this.#chunk(pcm, words.until(0))
    if (where === 'after') this.#transcribe(spaced)
  }

  #chunk(pcm: Int16Array, text: string): void {
    this.#pacer.sent(pcm.length, this.#clock.now())
    this.spoken.sentMs = this.#pacer.sentMs
    this.spoken.text += text
    const isHeard = this.#delivery.words === 'beside' && text !== ''
    const transcription = isHeard ? { outputTranscription: { text } } : undefined
    const sound = pcm.length > 0 ? { modelTurn: { role: 'model', parts: this.#parts(pcm) } } : undefined
    if (this.#delivery.framing === 'many') this.#content({ ...sound, ...transcription }, pcm)
    else {
      if (sound !== undefined) this.#content(sound, pcm)
      if (transcription !== undefined) this.#content(transcription)
    }
  }

  #transcribe(text: string): void {
    this.#content({ outputTranscription: { text } })
  }

  /** Where several parts may ride together, a long chunk now and then comes as two. */
  #parts(pcm: Int16Array) {
    const isSplit = this.#delivery.framing === 'many' && pcm.length > SPEECH_RATE / 4 && this.#random() < 0.25
    if (!isSplit) return [audioPart(pcm)]
    return [audioPart(pcm.subarray(0, pcm.length >> 1)), audioPart(pcm.subarray(pcm.length >> 1))]
  }

  #content(serverContent: ServerContent, pcm?: Int16Array): void {
    if (Object.keys(serverContent).length === 0) return
    this.#outlet.send({ serverContent: { ...this.#takeBeside(), ...serverContent } }, pcm)
    if (this.#delivery.emptyMessages && this.#random() < 0.5) this.#outlet.send({})
  }

  #takeBeside(): ServerContent | undefined {
    const beside = this.#beside
    this.#beside = undefined
    return beside
  }
}

/** What `promise` comes to, or the signal's reason as soon as it fires. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/** The words of one sentence, laid over its sound by their length. */
class Words {
  readonly #words: string[]
  readonly #perCharacter: number
  #at = 0
  #next = 0

  constructor(text: string, samples: number) {
    this.#words = text.match(/\s*\S+/g) ?? []
    this.#perCharacter = samples / Math.max(1, text.length)
  }

  /** Those that begin before sample `to` and were not given yet. */
  until(to: number): string {
    let text = ''
    while (this.#next < this.#words.length && this.#at * this.#perCharacter <= to) {
      const word = this.#words[this.#next++]!
      text += word
      this.#at += word.length
    }
    return text
  }
}
