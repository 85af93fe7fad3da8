/** What a conversation needs to enter the room it was given. */
export type RoomJob = {
  /** LiveKit's name for this job, `AJ_...`; it names the conversation in the log. */
  id: string
  /** The room's name. */
  room: string
  /** Where the room is, ws:// or wss://. */
  url: string
  /** Lets one participant of kind agent into this room, for an hour. Never log it. */
  token: string
  /** Who we are in the room: the same for every job of this room, so that LiveKit itself never lets two of us in. */
  identity: string
  /** What the dispatch says about this room, by our convention JSON; empty where it says nothing. */
  metadata: string
  /** Where the conversation of this room was when another of us left it, sealed; see agent/live/place.ts. */
  place?: string
}

/** Why a conversation is over. */
export type Ended =
  /** It was asked to close, or has itself left for good: unasked, the worker gives the room up. */
  | { why: 'closed' }
  /** Everybody has left. Whoever comes back to the same room gets an agent again. */
  | { why: 'empty' }
  /** Somebody has sent us out, or has deleted the room: the worker gives the room up. */
  | { why: 'removed'; reason: string }
  /** Another of us has the room now. */
  | { why: 'replaced' }
  /** It cannot go on; the room still wants an agent and will be given one again, later each time. */
  | { why: 'failed'; error: Error }

/** What a conversation under way can be told about its session. */
export type Tunable = {
  /** What is asked for now, by field; null where nothing is. */
  read(): Record<string, unknown>
  /** Takes all changes, or none. @throws RequestError with a sentence for each that cannot be used */
  change(changes: Readonly<Record<string, unknown>>): Record<string, unknown>
}

/** A conversation under way. */
export type Running = AsyncDisposable & {
  /** Resolves once, with why; never rejects. */
  readonly ended: Promise<Ended>
  /** Its session's settings; undefined until it is in the room. */
  readonly settings?: Tunable | undefined
  /** Says goodbye, leaves the room and releases everything; resolves when `ended` has. */
  close(): Promise<void>
  /** Where the conversation is or was, sealed, for whoever goes on with it; undefined where it cannot be gone on with. */
  readonly place?: string | undefined
  /** What the conversation has used of the model so far; `usd` is an estimate by list prices. */
  readonly usage?: { turns: number; inputTokens: number; outputTokens: number; usd: number } | undefined
}

/** Enters a room and talks. Never throws: a failure to join is `ended` with why failed. */
export type Converse = (job: RoomJob) => Running
