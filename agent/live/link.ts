import type { Alarm, Clock } from '../clock.ts'
import type { GeminiConfig } from '../config.ts'
import { asError, LiveError } from '../errors.ts'
import type { Ms } from '../units.ts'
import { LiveConnection } from './connection.ts'
import type { LiveEvent } from './events.ts'
import type { LiveSettings } from './settings.ts'

/** How often a session is looked after, ms. */
const LOOK_EVERY_MS: Ms = 500

/** What is asked for when a connection is made. */
export type Asked = { settings: LiveSettings; handle: string | undefined }

export type LinkOptions = {
  gemini: GeminiConfig
  clock: Clock
  onEvent: (event: LiveEvent) => void
  /** Something came, whatever it was: a message or a pong. */
  onSign: () => void
  /** Every half second while there is a connection. */
  onLook: () => void
  /** The service would not have one of the tools; it is left out from now on, for the conversation is not to suffer for it. */
  onToolRefused: (error: LiveError) => void
}

/** One connection after the other, never two: the service refuses a handle whose session still has a socket. */
export class Link {
  readonly #options: LinkOptions
  /** Functions that the service would not have declared. */
  readonly #refused = new Set<string>()
  /** The try or the connection that is wanted now; whatever belongs to another comes too late. */
  #wanted: AbortController | undefined
  #connection: LiveConnection | undefined
  #look: Alarm | undefined
  /** Resolves when the last connection that was left is gone. */
  #gone: Promise<void> = Promise.resolve()

  constructor(options: LinkOptions) {
    this.#options = options
  }

  get connection(): LiveConnection | undefined {
    return this.#connection
  }

  /**
   * Opens a connection once the last is gone; `ask` says for what at that moment, and again where a tool had to be left out. Gives
   * undefined where it was left meanwhile. @throws LiveError of every kind
   */
  async open(ask: () => Asked): Promise<LiveConnection | undefined> {
    const wanted = new AbortController()
    this.#wanted = wanted
    await this.#gone
    while (this.#wanted === wanted) {
      try {
        return await this.#dial(wanted, ask())
      } catch (thrown) {
        if (this.#wanted !== wanted) return undefined
        const error = asLiveError(thrown)
        if (error.tool === undefined || this.#refused.has(error.tool)) throw error
        this.#refused.add(error.tool)
        this.#options.onToolRefused(error)
      }
    }
    return undefined
  }

  /** What of `settings` can be asked for. */
  declarable(settings: LiveSettings): LiveSettings {
    return { ...settings, functions: settings.functions.filter(({ name }) => !this.#refused.has(name)) }
  }

  /** Gives up the try under way, or leaves the connection there is, which is returned. */
  leave(): LiveConnection | undefined {
    const connection = this.#connection
    this.#wanted?.abort()
    this.#wanted = this.#connection = undefined
    this.#look?.cancel()
    if (connection !== undefined) this.#gone = connection.close()
    return connection
  }

  /** Resolves when no socket is left. */
  async close(): Promise<void> {
    this.leave()
    await this.#gone
  }

  async #dial(wanted: AbortController, { settings, handle }: Asked): Promise<LiveConnection | undefined> {
    const { gemini, clock, onEvent, onSign } = this.#options
    const connection = await LiveConnection.open({
      gemini,
      settings: this.declarable(settings),
      clock,
      handle,
      onEvent: event => {
        if (this.#wanted === wanted) onEvent(event)
      },
      onSign,
      signal: wanted.signal,
    })
    if (this.#wanted !== wanted) {
      void connection.close()
      return undefined
    }
    this.#connection = connection
    this.#lookAfter()
    return connection
  }

  #lookAfter(): void {
    this.#look = this.#options.clock.after(LOOK_EVERY_MS, () => {
      this.#lookAfter()
      this.#options.onLook()
    })
  }
}

/** Whatever was thrown, as an error with a kind. */
export function asLiveError(thrown: unknown): LiveError {
  return thrown instanceof LiveError
    ? thrown
    : new LiveError('server', asError(thrown).message, { cause: thrown })
}
