import type { Ms } from '../units.ts'
import { Ear, type EarEvent, type Heard } from './hearing/ear.ts'
import type { Picture } from './hearing/picture.ts'
import { type HeardLine, transcribe } from './hearing/transcripts.ts'
import { vadSettings } from './hearing/vad.ts'
import { type DialogueWith, Respondent } from './respondent.ts'
import { join, picturesOf, textOf } from './turns/content.ts'
import type { ClientContent, ClientMessage, RealtimeInput } from './wire/client-message.ts'
import { invalidArgument, preconditionFailed, Refusal } from './wire/refusal.ts'
import { duration } from './wire/server-message.ts'
import type { Content } from './wire/setup.ts'

/** A picture sooner than this after the last is above the one a second that the API takes, ms. */
const PICTURE_GAP_MS = 800

/** As much of typed words goes into one prompt, characters; the memory holds all of them. */
const MOST_TYPED = 10_000

/** One session after its setup: takes what the client sends and makes prompts of it. */
export class Dialogue {
  readonly #with: DialogueWith
  readonly #ear: Ear
  readonly #respondent: Respondent
  readonly #interrupts: boolean
  readonly #isManual: boolean
  /** What is heard of the speech that is going on. */
  #words: HeardLine[] = []
  #typed = ''
  #contextText = ''
  /** The first content is history, and starts nothing. */
  #awaitsHistory: boolean
  #hasBegun = false
  #coveredUntilMs: Ms = 0
  #lastPictureAt = Number.NEGATIVE_INFINITY

  constructor(dialogue: DialogueWith) {
    this.#with = dialogue
    const { setup, behaviour, model } = dialogue
    const detection = setup.realtimeInputConfig?.automaticActivityDetection ?? {}
    const defaults = { low: behaviour.lowSensitivity, silenceMs: behaviour.silenceMs }
    this.#isManual = detection.disabled ?? false
    this.#ear = new Ear(this.#isManual ? 'manual' : 'automatic', vadSettings(detection, defaults))
    this.#interrupts =
      setup.realtimeInputConfig?.activityHandling !== 'NO_INTERRUPTION' && model.kind === 'conversation'
    this.#awaitsHistory = setup.historyConfig?.initialHistoryInClientContent ?? false
    this.#respondent = new Respondent(dialogue)
  }

  get isActive(): boolean {
    return this.#ear.isActive
  }

  get isBusy(): boolean {
    return this.#respondent.isBusy
  }

  /** @throws Refusal for a message that this session may not be sent. */
  receive(message: ClientMessage): void {
    switch (message.kind) {
      case 'setup':
        throw invalidArgument()
      case 'realtimeInput':
        this.#realtime(message.realtimeInput)
        break
      case 'clientContent':
        this.#content(message.clientContent)
        break
      case 'toolResponse':
        for (const response of message.functionResponses)
          this.#respondent.result(response, this.#ear.isActive)
        break
      case 'contextUpdate':
        this.#respondent.update(message.contextUpdate)
    }
  }

  /** Falls silent: nothing is sent any more. */
  close(): void {
    this.#respondent.close()
  }

  #realtime(input: RealtimeInput): void {
    this.#hasBegun = true
    const { mediaChunks = [] } = input
    const [chunk] = mediaChunks
    const meets = this.#with.behaviour.mediaChunks
    if (chunk !== undefined && meets === 'refuse')
      throw new Refusal(1007, 'realtime_input.media_chunks is deprecated. Use audio, video, or text instead.')
    const isPicture = chunk?.mimeType?.startsWith('image/') ?? false
    const audio = input.audio ?? (isPicture ? undefined : chunk)
    const video = input.video ?? (isPicture ? chunk : undefined)
    // Translation takes sound and nothing else.
    if (this.#with.model.kind === 'translate' && (video ?? input.text) !== undefined) throw invalidArgument()
    if (input.activityStart !== undefined) this.#heard(this.#ear.markStart())
    if (audio !== undefined) {
      const isDeaf = input.audio === undefined && meets === 'ignore'
      const { pcm, rate, events } = this.#ear.audio(audio, isDeaf)
      this.#with.record.sound('in', pcm, rate)
      this.#heard(events)
    }
    if (video !== undefined) this.#saw(this.#ear.picture(video))
    if (input.text !== undefined) this.#text(input.text)
    if (input.activityEnd !== undefined) this.#heard(this.#ear.markEnd())
    if (input.audioStreamEnd === true && this.#with.behaviour.streamEndEndsTurn)
      this.#heard(this.#ear.streamEnd())
  }

  #saw(picture: Picture): void {
    const { record, memory, clock, setup } = this.#with
    const now = clock.now()
    record.summary.pictures++
    if (now - this.#lastPictureAt < PICTURE_GAP_MS) record.summary.picturesTooSoon++
    this.#lastPictureAt = now
    memory.picture(picture, setup.generationConfig?.mediaResolution === 'MEDIA_RESOLUTION_LOW')
    this.#with.on('video')
    this.#respondent.compress()
  }

  #heard(events: readonly EarEvent[]): void {
    for (const event of events) {
      const audioOffset = duration(event.atMs)
      if (event.kind === 'start') this.#began(audioOffset)
      else this.#ended(event.heard, audioOffset)
    }
  }

  #began(audioOffset: string): void {
    const { behaviour, record, setup, send } = this.#with
    record.event('activityStart', { audioOffset })
    this.#with.on('activity')
    if (behaviour.voiceActivity) send({ voiceActivity: { type: 'ACTIVITY_START', audioOffset } })
    if (setup.explicitVadSignal === true)
      send({ voiceActivityDetectionSignal: { vadSignalType: 'VAD_SIGNAL_TYPE_SOS' } })
    if (this.#with.model.kind === 'transcribe')
      send({ serverContent: { interimInputTranscription: { text: '[speech]' } } })
    if (behaviour.strayInterrupts && this.#respondent.isIdle && this.#with.memory.turns > 0) {
      send({ serverContent: { interrupted: true } })
      send({ serverContent: { turnComplete: true } })
    }
    this.#words = this.#with.begins()
    if (setup.inputAudioTranscription !== undefined)
      transcribe(this.#words, behaviour.inputWords === 'pieces' ? 'pieces' : 'whole', this.#with.clock, send)
    this.#respondent.activity(this.#interrupts)
  }

  #ended(heard: Heard, audioOffset: string): void {
    const { behaviour, record, setup, memory, send } = this.#with
    const { speechMs, level } = heard
    record.event('activityEnd', { audioOffset, speechMs: Math.round(speechMs), level: Math.round(level) })
    if (behaviour.voiceActivity) send({ voiceActivity: { type: 'ACTIVITY_END', audioOffset } })
    if (setup.explicitVadSignal === true)
      send({ voiceActivityDetectionSignal: { vadSignalType: 'VAD_SIGNAL_TYPE_EOS' } })
    const words = this.#with.hears(heard)
    const all = [...this.#words.splice(0), ...words]
    memory.sound('user', this.#covered(speechMs), all.map(({ text }) => text).join(''))
    const beside =
      setup.inputAudioTranscription === undefined
        ? undefined
        : transcribe(words, behaviour.inputWords, this.#with.clock, send)
    const typed = this.#takeTyped()
    this.#respondent.prompt(
      { kind: 'speech', heard, typed, pictures: this.#ear.takePictures() },
      this.#interrupts,
      beside,
    )
    this.#with.on('settled')
  }

  /** How much of the sound belongs to the turn: the speech, or all since the turn before. */
  #covered(speechMs: Ms): Ms {
    const all = this.#ear.heardMs - this.#coveredUntilMs
    this.#coveredUntilMs = this.#ear.heardMs
    return this.#with.setup.realtimeInputConfig?.turnCoverage === 'TURN_INCLUDES_ALL_INPUT' ? all : speechMs
  }

  #text(text: string): void {
    this.#awaitsHistory = false
    if (this.#isManual && this.#ear.isActive && this.#with.model.typed === 'realtimeInput')
      throw preconditionFailed()
    this.#with.memory.text('user', text)
    this.#respondent.compress()
    this.#typed = join(this.#typed, text).slice(0, MOST_TYPED)
    // Words typed while somebody speaks belong to that turn.
    if (this.#ear.isActive) return
    this.#respondent.prompt(
      { kind: 'typed', typed: this.#takeTyped(), pictures: this.#ear.takePictures() },
      false,
    )
  }

  #content({ turns = [], turnComplete = false }: ClientContent): void {
    const { behaviour, memory } = this.#with
    if (this.#with.model.kind === 'translate') throw invalidArgument()
    if (behaviour.midSessionContent === 'refuse' && (this.#hasBegun || !this.#awaitsHistory))
      throw invalidArgument()
    for (const turn of turns) memory.text(turn.role === 'model' ? 'model' : 'user', textOf([turn]))
    this.#respondent.compress()
    const text = textOf(turns.filter(turn => turn.role !== 'model'))
    this.#contextText = join(this.#contextText, text).slice(0, MOST_TYPED)
    const isHistory = this.#awaitsHistory
    if (isHistory) this.#awaitsHistory = !turnComplete
    if (isHistory && !(turnComplete && this.#endsAsked(turns))) this.#contextText = ''
    else if (turnComplete) {
      const pictures = [...this.#ear.takePictures(), ...picturesOf(turns)]
      const typed = text === '' ? this.#contextText : text.slice(0, MOST_TYPED)
      this.#contextText = ''
      this.#respondent.prompt({ kind: 'typed', typed, pictures }, true)
    } else if (behaviour.partialContentInterrupts) this.#respondent.activity(true)
  }

  /** History that ends with a turn of the user's is answered where the model does so. */
  #endsAsked(turns: readonly Content[]): boolean {
    return this.#with.behaviour.answersHistory && turns.at(-1)?.role !== 'model'
  }

  #takeTyped(): string {
    const typed = this.#typed
    this.#typed = ''
    return typed
  }
}
