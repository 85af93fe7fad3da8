import { msOf, samplesIn } from '../audio/pcm.ts'
import { type Alarm, type Clock, sleep } from '../clock.ts'
import type { GeminiConfig } from '../config.ts'
import { LiveError } from '../errors.ts'
import type { ToolAnswer } from '../live/declaration.ts'
import type { LiveEvent, ToolCall } from '../live/events.ts'
import type { LiveSettings } from '../live/settings.ts'
import { Supervisor } from '../live/supervisor.ts'
import type { Log } from '../log.ts'
import { Stats } from '../stats.ts'
import type { CallNews, Runner } from '../tools/runner.ts'
import type { Toolbox } from '../tools/toolbox.ts'
import { HEARING_RATE, type Ms, SPEECH_RATE } from '../units.ts'
import { AnswerBook, type Meaning } from './answer.ts'
import { handsFor, soloSettings } from './hands.ts'
import type { Film } from './media.ts'
import type { Question } from './question.ts'

/** An answer that has not begun by now, or pauses for this long, will not come. */
const ANSWER_WITHIN_MS: Ms = 30_000
/** The words of an answer may trail its sound by this much. */
const LAST_WORDS_MS: Ms = 700
/** Sound goes up in pieces of this length, and is followed by silence, by which the server's own detector ends the turn. */
const CHUNK_MS: Ms = 100
const TRAIL_MS: Ms = 2_000
/** So many times faster than real time, which neither the network nor the server's detector minds. */
const HASTE = 4
/** An answer that was complete before the last of the question was out may have been one to its first half: another would begin by now. */
const SETTLE_MS: Ms = 3_000

/** What the model said to one question. */
export type Answer = {
  text: string
  /** What it heard of a spoken question. */
  heard: string
  audioMs: Ms
  /** The tools that were called for it, in the order in which they were done. */
  tools: string[]
  /** Another question came before it was complete, or somebody talked over it. */
  isInterrupted: boolean
}

export type DialogueOptions = {
  gemini: GeminiConfig
  settings: LiveSettings
  clock: Clock
  log: Log
  toolbox: Toolbox
  /** A tool is at work, or was. */
  onTool: (news: CallNews) => void
  /** Each fact of the present answer, as it comes. */
  onEvent: (event: LiveEvent) => void
}

/** A question that waits for its answer. */
type Waiting = {
  answer: Answer
  done: PromiseWithResolvers<Answer>
  /** Stops what is still being sent of it. */
  sending: AbortController
  /** All of it is out. Before that, what looks like its answer may be one to its first half. */
  isPut: boolean
}

/** Questions and answers in one session, one answer at a time: a new question ends the one before it. */
export class Dialogue implements AsyncDisposable {
  readonly #options: DialogueOptions
  readonly #live: Supervisor
  readonly #hands: Runner
  readonly #book = new AnswerBook()
  #up = Promise.withResolvers<void>()
  #waiting: Waiting | undefined
  #isAfterTool = false
  #patience: Alarm | undefined
  #lastWords: Alarm | undefined

  constructor(options: DialogueOptions) {
    this.#options = options
    const { gemini, settings, clock, log, toolbox } = options
    const stats = new Stats()
    this.#hands = handsFor({
      toolbox,
      settings,
      clock,
      log,
      stats,
      answer: (call, answer) => this.#answer(call, answer),
      show: news => {
        if (news.state === 'done') this.#waiting?.answer.tools.push(news.name)
        options.onTool(news)
      },
    })
    this.#live = new Supervisor({
      gemini,
      settings: soloSettings(settings, toolbox),
      clock,
      log,
      stats,
      onEvent: event => this.#take(event),
      onUp: () => this.#up.resolve(),
      onDown: error => {
        this.#up = Promise.withResolvers()
        this.#fail(error)
      },
      onUnheard: line => this.#fail(new LiveError('server', line)),
    })
  }

  start(): void {
    this.#live.start()
  }

  /**
   * Asks, and follows the answer to its end.
   * @throws LiveError where the session cannot be opened, breaks, or stays silent
   */
  ask(question: Question): Promise<Answer> {
    this.#finish(true)
    const waiting: Waiting = {
      answer: { text: '', heard: '', audioMs: 0, tools: [], isInterrupted: false },
      done: Promise.withResolvers(),
      sending: new AbortController(),
      isPut: false,
    }
    this.#waiting = waiting
    this.#book.asked()
    this.#wait()
    const put = async () => {
      await this.#up.promise
      await this.#put(question, waiting.sending.signal)
      waiting.isPut = true
      // It was answered while the last of it, silence, was still going out.
      if (hasContent(waiting.answer)) this.#endIn(SETTLE_MS)
    }
    // It ends early only where it is not wanted any more.
    put().catch(() => {})
    return waiting.done.promise
  }

  async close(): Promise<void> {
    this.#finish(true)
    await this.#hands.close()
    await this.#live.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #take(event: LiveEvent): void {
    const meaning = this.#book.take(event)
    if (event.type === 'call') this.#hands.call(event.calls)
    else if (event.type === 'cancel') this.#hands.cancel(event.ids)
    const waiting = this.#waiting
    if (waiting === undefined || meaning === 'other') return
    this.#wait()
    if (meaning !== 'ours') return this.#ending(meaning, waiting)
    this.#lastWords?.cancel()
    if (event.type === 'heard') waiting.answer.heard += event.text
    else if (event.type === 'said') this.#say(event.text, waiting.answer)
    else if (event.type === 'audio') waiting.answer.audioMs += msOf(event.pcm.length, SPEECH_RATE)
    else if (event.type === 'interrupted') Object.assign(waiting.answer, { text: '', audioMs: 0 })
    this.#options.onEvent(event)
  }

  #say(text: string, answer: Answer): void {
    // What is said after a tool is a turn of its own, whose first word brings no blank.
    const isGlued = this.#isAfterTool && /\S$/.test(answer.text) && /^\S/.test(text)
    this.#isAfterTool = false
    answer.text += isGlued ? ` ${text}` : text
  }

  #ending(meaning: Exclude<Meaning, 'ours' | 'other'>, waiting: Waiting): void {
    // A pause in the middle of a spoken question was taken for its end; the rest of it brings another turn.
    if (!waiting.isPut) {
      if (meaning === 'over') this.#book.asked()
    } else if (meaning === 'over') this.#finish(false)
    else if (meaning === 'nearly over') this.#endIn(LAST_WORDS_MS)
    // An empty turn: the supervisor asks once more, and `onUnheard` tells when that was of no use.
  }

  #endIn(delay: Ms): void {
    this.#lastWords?.cancel()
    this.#lastWords = this.#options.clock.after(delay, () => this.#finish(false))
  }

  #finish(isInterrupted: boolean): void {
    this.#patience?.cancel()
    this.#lastWords?.cancel()
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting === undefined) return
    waiting.sending.abort()
    if (!isInterrupted) this.#book.settle()
    waiting.done.resolve({ ...waiting.answer, isInterrupted })
  }

  #fail(error: LiveError): void {
    this.#patience?.cancel()
    this.#lastWords?.cancel()
    const waiting = this.#waiting
    this.#waiting = undefined
    this.#book.settle()
    waiting?.sending.abort()
    waiting?.done.reject(error)
  }

  #wait(): void {
    this.#patience?.cancel()
    if (this.#waiting === undefined) return
    this.#patience = this.#options.clock.after(ANSWER_WITHIN_MS, () => {
      // A tool whose answer the model had nothing to say to.
      if (this.#waiting !== undefined && hasContent(this.#waiting.answer)) this.#finish(false)
      else this.#fail(new LiveError('timeout', 'The model did not answer in time.'))
    })
  }

  #answer(call: ToolCall, { response, ...how }: ToolAnswer): void {
    this.#live.sendToolResult(call, response, how)
    if (!how.willContinue) this.#book.called()
    this.#isAfterTool = true
    this.#wait()
  }

  /** Sends the question. Rejects where `signal` fires. */
  async #put({ text, sound, pictures, film }: Question, signal: AbortSignal): Promise<void> {
    for (const picture of pictures) this.#live.sendPicture(picture)
    if (film !== undefined) {
      await this.#show(film, signal)
      // Words end the turn, whatever was heard in the film; without them its own sound is the question.
      if (text === undefined)
        await this.#speak(new Int16Array(samplesIn(TRAIL_MS, HEARING_RATE)), HASTE, signal)
      else this.#live.sendText(text)
      return
    }
    if (sound === undefined) {
      if (text !== undefined) this.#live.sendText(text)
      return
    }
    if (text !== undefined) this.#live.addContext(text)
    await this.#speak(sound, HASTE, signal)
    await this.#speak(new Int16Array(samplesIn(TRAIL_MS, HEARING_RATE)), HASTE, signal)
    this.#live.endAudio()
  }

  /** A picture a second, as the service takes them, and with each the sound of that second. */
  async #show({ frames, pcm }: Film, signal: AbortSignal): Promise<void> {
    const seconds = Math.max(frames.length, Math.ceil(pcm.length / HEARING_RATE))
    for (let at = 0; at < seconds; at++) {
      const frame = frames[at]
      if (frame !== undefined) this.#live.sendPicture(frame)
      const part = pcm.subarray(at * HEARING_RATE, (at + 1) * HEARING_RATE)
      const second = new Int16Array(HEARING_RATE)
      second.set(part)
      await this.#speak(second, 1, signal)
    }
  }

  /** Sound at `haste` times its own pace. */
  async #speak(pcm: Int16Array, haste: number, signal: AbortSignal): Promise<void> {
    const chunk = samplesIn(CHUNK_MS, HEARING_RATE)
    const { clock } = this.#options
    const began = clock.now()
    for (let at = 0; at < pcm.length; at += chunk) {
      this.#live.sendAudio(pcm.subarray(at, at + chunk))
      this.#wait()
      // By the clock, so that late timers do not add up.
      const due = began + msOf(at + chunk, HEARING_RATE) / haste
      await sleep(clock, Math.max(0, due - clock.now()), signal)
    }
  }
}

const hasContent = ({ text, audioMs }: Answer) => text !== '' || audioMs > 0
