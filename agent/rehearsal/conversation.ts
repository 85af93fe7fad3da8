import type { ModelProfile } from '../live/models.ts'
import type { Ms } from '../units.ts'
import { Dialogue } from './dialogue.ts'
import type { Api } from './door/address.ts'
import type { SessionRecord } from './journal/journal.ts'
import type { Saved } from './life/handles.ts'
import { Life } from './life/life.ts'
import { Resumption } from './life/resumption.ts'
import type { Behaviour } from './profiles.ts'
import type { Playing } from './scenario/director.ts'
import type { Stage } from './stage.ts'
import type { ClientMessage } from './wire/client-message.ts'
import type { Refusal } from './wire/refusal.ts'
import { duration, type ServerMessage } from './wire/server-message.ts'
import type { Setup } from './wire/setup.ts'

export type ConversationWith = {
  stage: Stage
  playing: Playing
  record: SessionRecord
  setup: Setup
  model: ModelProfile
  behaviour: Behaviour
  api: Api
  saved: Saved
  send(message: ServerMessage, pcm?: Int16Array): void
  end(refusal: Refusal): void
  /** Something began that no message shows. */
  began(moment: 'ACTIVITY' | 'TURN'): void
  /** A new handle of the session as it is now. */
  giveHandle(): string
  /** Client messages taken so far. */
  consumed(): number
}

/** A session from setupComplete to its end: what is said, how old it grows, and the handles that lead back to it. */
export class Conversation {
  readonly #with: ConversationWith
  readonly #dialogue: Dialogue
  readonly #life: Life
  readonly #resumption: Resumption | undefined

  constructor(conversation: ConversationWith) {
    this.#with = conversation
    this.#life = this.#begin()
    this.#dialogue = this.#talk()
    this.#resumption = conversation.setup.sessionResumption === undefined ? undefined : this.#resume()
  }

  /** @throws Refusal for a message that this session may not be sent. */
  receive(message: ClientMessage): void {
    this.#dialogue.receive(message)
  }

  /** Says `goAway` with so much of the world's time left, and ends then. */
  goAway(timeLeft: Ms): void {
    this.#life.goAway(timeLeft * this.#with.stage.lifeClock.scale)
  }

  close(): void {
    this.#dialogue.close()
    this.#life.close()
    this.#resumption?.close()
  }

  #begin(): Life {
    const { stage, setup, behaviour, saved, send, end } = this.#with
    const { bornAt, hasVideo } = saved.memory
    const isCapped = setup.contextWindowCompression === undefined
    return new Life(
      stage.lifeClock,
      behaviour.life,
      { bornAt, isCapped, hasVideo },
      {
        goAway: timeLeft => send({ goAway: { timeLeft: duration(timeLeft / stage.lifeClock.scale) } }),
        end,
      },
    )
  }

  #talk(): Dialogue {
    const { stage, playing, record, saved, began } = this.#with
    return new Dialogue({
      ...stage,
      ...saved,
      ...this.#with,
      log: stage.log.with({ session: record.summary.id }),
      silent: stage.silent || (stage.director().scenario.silent ?? false),
      answers: (prompt, scene) => stage.answers?.(prompt, scene) ?? playing.answer(prompt),
      seed: playing.seed ?? stage.seed,
      begins: () => playing.begins(),
      hears: heard => playing.hears(heard),
      leftMs: () => this.#life.leftMs / stage.lifeClock.scale,
      on: event => {
        if (event === 'video') this.#life.sawVideo()
        else if (event === 'activity') began('ACTIVITY')
        else this.#resumption?.[event]()
        if (event === 'turnBegan') began('TURN')
      },
    })
  }

  #resume(): Resumption {
    const { stage, setup, behaviour, giveHandle, consumed, send } = this.#with
    const isTransparent = setup.sessionResumption?.transparent ?? false
    return new Resumption({
      clock: stage.clock,
      afterSetupMs: behaviour.handleAfterSetupMs,
      afterTurnMs: behaviour.handleAfterTurnMs,
      isActive: () => this.#dialogue.isActive,
      isBusy: () => this.#dialogue.isBusy,
      give: giveHandle,
      consumed: () => (isTransparent ? consumed() : undefined),
      send,
    })
  }
}
