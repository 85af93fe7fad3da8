import type { Clock } from '../clock.ts'
import type { LiveError } from '../errors.ts'
import type { Stats } from '../stats.ts'
import { Address } from './address.ts'
import { wayTo } from './change.ts'
import type { ToolCall } from './events.ts'
import { introduce } from './introduction.ts'
import { asLiveError, type Link } from './link.ts'
import type { Letter } from './outbox/letter.ts'
import type { Recall } from './recall.ts'
import type { LiveSettings } from './settings.ts'
import type { Uplink } from './uplink.ts'
import type { Watch } from './watch/watch.ts'

export type SessionOptions = {
  link: Link
  uplink: Uplink
  watch: Watch
  recall: Recall
  clock: Clock
  stats: Stats
  /** Those that are wanted now. */
  settings: () => LiveSettings
  /** Takes what the session is to know, and is not sent by itself. */
  learn: (text: string) => void
  onOpened: () => void
  onLost: (error: LiveError) => void
}

/** The session there is, or that is being opened: how it is told what it does not know, and what goes to it. One after the other. */
export class Session {
  readonly #options: SessionOptions
  /** The settings that it was opened with, or told since. */
  #inUse: LiveSettings | undefined
  #address: Address | undefined

  constructor(options: SessionOptions) {
    this.#options = options
  }

  /** It is one with the settings that are wanted. */
  get isAsWanted(): boolean {
    return this.#inUse === this.#options.settings()
  }

  /** Opens one, anew or where `handle` leads; `onOpened` or `onLost` says what came of it, and `onLost` when it has ended. */
  async open(handle: string | undefined): Promise<void> {
    const { link, uplink, watch, recall, clock, learn, onOpened, onLost } = this.#options
    const isResumed = handle !== undefined
    let settings = this.#options.settings()
    let opening: Letter | undefined
    try {
      const connection = await link.open(() => {
        settings = this.#options.settings()
        const introduction = introduce(recall, settings, isResumed)
        opening = introduction.opening
        // Before it opens: the first messages come with the word that it is open.
        if (!introduction.isTold) recall.unsaved()
        watch.opened(clock.now(), isResumed)
        this.#address = new Address(settings, isResumed, learn)
        return { settings: introduction.asked, handle }
      })
      if (connection === undefined) return
      this.#inUse = settings
      onOpened()
      // Unless it was left again at once.
      if (link.connection !== connection) return
      const { typed } = settings.profile
      uplink.attach({ connection, typed, opening, address: letter => this.#address?.of(letter) })
      const error = await connection.ended
      if (link.connection === connection && error) onLost(error)
    } catch (thrown) {
      onLost(asLiveError(thrown))
    }
  }

  /** The model calls functions in it. */
  called(calls: readonly ToolCall[]): void {
    this.#address?.called(calls)
  }

  /** Takes to the settings that are wanted, where it can in its midst; false where that takes another session. */
  takesChange(): boolean {
    const { link } = this.#options
    const settings = this.#options.settings()
    if (this.#inUse === undefined) return true
    const way = wayTo(this.#inUse, settings)
    if (way === 'none') return true
    if (way === 'another' || link.connection === undefined) return false
    link.connection.sendContextUpdate(link.declarable(settings))
    this.#inUse = settings
    return true
  }

  /** Leaves it, or gives up opening it; false where there was none yet. What it may not have made use of waits for the next. */
  leave(): boolean {
    const { link, uplink, recall, stats } = this.#options
    const connection = link.leave()
    uplink.detach()
    recall.brokenOff()
    if (connection === undefined) return false
    stats.add('pictures_dropped', connection.droppedPictures)
    return true
  }
}
