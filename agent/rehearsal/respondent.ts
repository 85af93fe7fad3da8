import type { Clock } from '../clock.ts'
import type { ModelProfile } from '../live/models.ts'
import type { Log } from '../log.ts'
import type { Ms } from '../units.ts'
import type { Api } from './door/address.ts'
import type { Heard } from './hearing/ear.ts'
import type { HeardLine } from './hearing/transcripts.ts'
import { AGAIN, honestAnswer, OPENING } from './honest/honest.ts'
import type { SessionRecord } from './journal/journal.ts'
import { type Memory, WINDOW_TOKENS } from './life/memory.ts'
import type { Behaviour } from './profiles.ts'
import { prebuiltVoice, toolsRefusal } from './rules.ts'
import { type Calls, schedulingOf } from './turns/calls.ts'
import { textOf } from './turns/content.ts'
import { MOST_WAITING_PROMPTS } from './turns/floor.ts'
import { seeded } from './turns/pacing.ts'
import { type Answer, type Answers, asAnswer, type Prompt, type Scene } from './turns/script.ts'
import type { Spoken } from './turns/speaker.ts'
import { Turns } from './turns/turns.ts'
import { DEFAULT_VOICE } from './voice/cast.ts'
import type { Voice } from './voice/voice.ts'
import type { ContextUpdate, FunctionResponse } from './wire/client-message.ts'
import { exhausted, invalidArgument, type Refusal } from './wire/refusal.ts'
import type { ServerContent, ServerMessage } from './wire/server-message.ts'
import type { Setup, Tool } from './wire/setup.ts'

/** What a dialogue is held with. */
export type DialogueWith = {
  clock: Clock
  voice: Voice
  log: Log
  record: SessionRecord
  behaviour: Behaviour
  model: ModelProfile
  api: Api
  setup: Setup
  memory: Memory
  calls: Calls
  seed: number
  answers: Answers | undefined
  /** Never answers, as some sessions of the real service do. */
  silent: boolean
  /** Somebody begins to speak: the words that come while they do. */
  begins(): HeardLine[]
  /** The words of speech that just ended. */
  hears(heard: Heard): HeardLine[]
  leftMs(): Ms
  send(message: ServerMessage, pcm?: Int16Array): void
  /** Ends the session from this side. */
  end(refusal: Refusal): void
  /** Something changed that resumption or the session's age depends on. */
  on(event: 'activity' | 'turnBegan' | 'settled' | 'video'): void
}

/** The model's side of a dialogue: answers prompts in turn, with its voice, its tools and its memory. */
export class Respondent {
  readonly #with: DialogueWith
  readonly #turns: Turns
  readonly #voiceName: string
  #tools: readonly Tool[]
  #isEcho = false
  /** Answers of functions that wait until nobody speaks. */
  #results: Prompt[] = []

  constructor(dialogue: DialogueWith) {
    this.#with = dialogue
    const { setup, model, memory, voice } = dialogue
    this.#tools = setup.tools ?? []
    const asked = setup.generationConfig?.speechConfig?.voiceConfig?.prebuiltVoiceConfig?.voiceName ?? ''
    this.#voiceName = prebuiltVoice(asked) ?? DEFAULT_VOICE
    this.#turns = this.#openTurns()
    // Made now, so that the first words of an answer are at hand when they are needed.
    if (dialogue.silent || model.modality !== 'AUDIO') return
    const openings = memory.turns === 0 ? [OPENING, AGAIN] : [AGAIN]
    for (const opening of openings) voice.say(opening, this.#voiceName).catch(() => {})
  }

  /** An answer is under way, or waits for a function. */
  get isBusy(): boolean {
    return this.#turns.isBusy
  }

  get isIdle(): boolean {
    return this.#turns.isIdle
  }

  /** Somebody began to speak. */
  activity(interrupts: boolean): void {
    this.#turns.activity(interrupts)
  }

  /** Answers, now or in turn; `beside` is sent with the first of it. @throws Refusal 1011 where too many wait. */
  prompt(prompt: Prompt, interrupts: boolean, beside?: ServerContent): void {
    if (this.#with.silent || this.#with.model.kind === 'transcribe') {
      if (beside !== undefined) this.#with.send({ serverContent: beside })
      return
    }
    this.#turns.prompt(prompt, interrupts, beside)
    // What a function found out while somebody spoke waits for the answer to them, also while a line is answered.
    if (prompt.kind !== 'speech') return
    for (const result of this.#results.splice(0)) this.#turns.prompt(result, false)
  }

  /** Takes the answer of a function; while somebody speaks it waits, unless it is to interrupt. */
  result(response: FunctionResponse, isActive: boolean): void {
    const { calls, record, memory } = this.#with
    const outcome = calls.answer(response)
    if (outcome.kind === 'ignored') record.event('ignoredResponse', { id: response.id, name: response.name })
    if (outcome.kind !== 'result') return
    memory.text('user', JSON.stringify(response.response ?? {}))
    const prompt: Prompt = { kind: 'result', responses: [response], after: outcome.after }
    const { model, api } = this.#with
    const scheduling = schedulingOf(response)
    // On Vertex AI SILENT is documented to do nothing.
    if (scheduling === 'SILENT' && model.hasScheduling && api !== 'vertex') this.#with.on('settled')
    // While somebody speaks nobody is free to listen: the result waits for the answer to that.
    else if (isActive && scheduling !== 'INTERRUPT') {
      if (this.#results.length >= MOST_WAITING_PROMPTS) throw exhausted()
      this.#results.push(prompt)
    } else this.prompt(prompt, scheduling === 'INTERRUPT' && this.#with.model.hasScheduling)
  }

  /** @throws Refusal 1007 where the model takes no updates, or not these tools. */
  update({ systemInstruction, tools }: ContextUpdate): void {
    const { model, memory } = this.#with
    if (!model.id.startsWith('gemini-3.8')) throw invalidArgument()
    if (tools !== undefined) {
      const refusal = toolsRefusal(tools.tools ?? [], model, this.#with.behaviour)
      if (refusal !== undefined) throw refusal
      this.#tools = tools.tools ?? []
    }
    if (systemInstruction !== undefined) memory.instruct(textOf([systemInstruction]))
  }

  /** Drops what no longer fits the context; without compression a full context ends the session. */
  compress(): void {
    const { setup, memory, record } = this.#with
    const asked = setup.contextWindowCompression
    if (asked === undefined) {
      if (memory.contextTokens > WINDOW_TOKENS) this.#with.end(invalidArgument())
      return
    }
    const triggerTokens = Math.min(asked.triggerTokens ?? WINDOW_TOKENS * 0.8, WINDOW_TOKENS)
    const targetTokens = asked.slidingWindow?.targetTokens ?? Math.round(triggerTokens / 2)
    const lines = memory.compress({ triggerTokens, targetTokens })
    if (lines > 0) record.event('compressed', { lines, contextTokens: memory.contextTokens })
  }

  /** Falls silent: nothing is sent any more. */
  close(): void {
    this.#turns.close()
  }

  #openTurns(): Turns {
    const { setup, model, behaviour, memory, api, record, seed } = this.#with
    const isLoud = setup.outputAudioTranscription !== undefined
    return new Turns({
      ...this.#with,
      delivery: {
        pacing: behaviour.pacing,
        framing: behaviour.framing,
        modality: model.modality,
        voice: this.#voiceName,
        words: isLoud ? behaviour.outputWords : 'none',
        emptyMessages: behaviour.emptyMessages,
      },
      random: seeded(seed),
      declaration: name => this.#declarations().find(one => one.name === name),
      answer: prompt => this.#answer(prompt),
      opened: () => {
        this.#with.on('turnBegan')
        return memory.promptUsage()
      },
      closed: (spoken: Spoken, wasInterrupted: boolean) => {
        if (wasInterrupted) record.summary.interruptions++
        const usage = memory.answer(spoken, model.modality === 'AUDIO', api)
        this.compress()
        this.#with.on('settled')
        return usage
      },
    })
  }

  #answer(prompt: Prompt): Answer {
    const { memory, record, answers, model } = this.#with
    const scene: Scene = {
      turn: memory.turns++,
      session: record.summary.id,
      model,
      voice: this.#voiceName,
      memory,
      declarations: this.#declarations(),
      hasSearch: this.#tools.some(tool => tool.googleSearch !== undefined),
      leftMs: this.#with.leftMs(),
      isEcho: this.#isEcho,
    }
    record.summary.turns++
    const given = answers?.(prompt, scene)
    const answer = given === undefined ? honestAnswer(prompt, scene) : asAnswer(given)
    this.#isEcho = answer.echo ?? this.#isEcho
    return answer
  }

  #declarations() {
    return this.#tools.flatMap(tool => tool.functionDeclarations ?? [])
  }
}
