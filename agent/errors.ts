/** One setting that cannot be used, in words for the person who can mend it. */
export type Problem = {
  /** The variable, as it is written in the environment. */
  setting: string
  /** What is wrong, with the value (a secret is never shown) and what is accepted. */
  what: string
}

/** The environment cannot be used; carries every problem found, not only the first. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly problems: readonly Problem[]
  constructor(problems: readonly Problem[]) {
    super(problems.map(({ setting, what }) => `${setting}: ${what}`).join('\n'))
    this.problems = problems
  }
}

/** Why a room, or the LiveKit server behind it, could not be used. */
export type RoomErrorKind =
  | 'unreachable' // nothing answers at the address
  | 'unauthorized' // the key or the secret is wrong
  | 'clock' // the token is not valid yet, or no longer: this machine's time and the server's differ
  | 'refused' // the server said no for another reason
  | 'lost' // it worked, and then the connection ended

/** A room, or the LiveKit server behind it, could not be used. */
export class RoomError extends Error {
  override name = 'RoomError'
  readonly kind: RoomErrorKind
  constructor(kind: RoomErrorKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/** Why a Live session could not be opened or went away. */
export type LiveErrorKind =
  | 'key' // the API key is missing, wrong, expired or leaked
  | 'model' // the model is unknown or has been shut down
  | 'setup' // the server refused a field of the setup
  | 'quota' // out of quota or credit
  | 'handle' // the resumption handle is expired or malformed
  | 'timeout' // no answer within our own deadline
  | 'network' // nothing answers, or the connection broke
  | 'server' // the service failed

/** A Live session could not be opened, or went away. */
export class LiveError extends Error {
  override name = 'LiveError'
  readonly kind: LiveErrorKind
  /** The WebSocket close code, where there was one. */
  readonly code: number | undefined
  /** The function that the server would not have declared, where that is why. */
  readonly tool: string | undefined
  constructor(
    kind: LiveErrorKind,
    message: string,
    options?: ErrorOptions & { code?: number; tool?: string },
  ) {
    super(message, options)
    this.kind = kind
    this.code = options?.code
    this.tool = options?.tool
  }
}

/** Why something that a person in the room asked of the agent is not done. */
export type RequestErrorKind =
  | 'malformed' // what was sent cannot be read
  | 'stranger' // only people who are in the room may ask
  | 'not now' // it makes no sense as things are
  | 'flood' // too many in a row

/** A person's request is refused; the message is for them. */
export class RequestError extends Error {
  override name = 'RequestError'
  readonly kind: RequestErrorKind
  constructor(kind: RequestErrorKind, message: string) {
    super(message)
    this.kind = kind
  }
}

/** A tool cannot be used as it was written. What goes wrong in a call is no exception but an answer to the model. */
export class ToolError extends Error {
  override name = 'ToolError'
}

/** A part of the program cannot start or go on: a port that is held, a program that is missing. */
export class StartError extends Error {
  override name = 'StartError'
}

/** Whatever was caught, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
