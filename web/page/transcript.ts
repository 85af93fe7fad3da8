/** A page that an answer rests on. */
export type Link = { title: string; url: string }

/** One thing that somebody said or wrote, or that the agent did. */
export type Line = {
  readonly id: string
  readonly kind: 'said' | 'typed' | 'did'
  readonly identity: string
  name: string
  isAgent: boolean
  /** Empty until the first word is known. */
  text: string
  /** More may come, or this may still change. */
  isFinal: boolean
  /** Somebody talked over the agent before it was done. */
  isInterrupted: boolean
  links: readonly Link[]
  /** When it began, ms since 1970. */
  at: number
}

/** Where a stream of text comes from and what its attributes say. */
export type Source = {
  identity: string
  name: string
  isAgent: boolean
  segment: string
  /** `lk.transcription_final`; undefined where the sender does not say: then the end of the stream is final. */
  isFinal: boolean | undefined
  isInterrupted: boolean
  at: number
}

/** Text that is arriving. */
export type Writing = { add(piece: string): void; end(): void }

/** Lines kept; an evening's talk is below it. The oldest goes first. */
const MOST_LINES = 5000

/**
 * What was said, line by line. A person's segment comes as one stream after another, each with the full text so far under
 * the same segment id; the agent's comes as one stream in pieces. Either way: a newer stream's text replaces the older's.
 */
export class Transcript {
  readonly #lines = new Map<string, Line>()
  readonly #latest = new Map<string, Writing>()
  readonly #changed: (line: Line) => void
  readonly #dropped: (line: Line) => void
  #typed = 0

  /** `changed` is called with every new or changed line, `dropped` with each that is forgotten. */
  constructor(changed: (line: Line) => void, dropped: (line: Line) => void) {
    this.#changed = changed
    this.#dropped = dropped
  }

  get lines(): readonly Line[] {
    return [...this.#lines.values()]
  }

  /** A stream of captions has begun. */
  open(source: Source): Writing {
    const id = `${source.identity}/${source.segment}`
    const line = this.#lines.get(id) ?? this.#add({ id, kind: 'said', ...source, text: '', isFinal: false })
    let text = ''
    const isLatest = () => this.#latest.get(id) === writing
    const writing: Writing = {
      add: piece => {
        text += piece
        if (!isLatest()) return
        line.text = text
        this.#changed(line)
      },
      end: () => {
        if (!isLatest()) return
        this.#latest.delete(id)
        line.text = text
        line.isFinal = source.isAgent || source.isFinal !== false
        this.#changed(line)
      },
    }
    // What comes after the last word of a segment is a late draft of it.
    if (line.isFinal && source.isFinal === false) return { add() {}, end() {} }
    line.isFinal = false
    line.isInterrupted ||= source.isInterrupted
    this.#latest.set(id, writing)
    return writing
  }

  /** Somebody wrote a line. */
  type(from: { identity: string; name: string; isAgent: boolean; text: string; at: number }): void {
    const id = `typed/${++this.#typed}`
    this.#changed(this.#add({ id, kind: 'typed', ...from, isFinal: true, isInterrupted: false }))
  }

  /** The agent did something besides talking; the same id again is news of the same thing. */
  do(deed: { id: string; text: string; isDone: boolean; links: readonly Link[] }, at: number): void {
    const id = `did/${deed.id}`
    const agent = { identity: '', name: '', isAgent: true, isInterrupted: false }
    const line = this.#lines.get(id) ?? this.#add({ id, kind: 'did', ...agent, text: '', isFinal: false, at })
    line.text = deed.text
    line.links = deed.links
    line.isFinal = deed.isDone
    this.#changed(line)
  }

  /** `identity` has left, or everybody when none is given: what it left open stays as it is. */
  settle(identity?: string): void {
    for (const line of this.#lines.values()) {
      if (line.isFinal || (identity !== undefined && line.identity !== identity)) continue
      this.#latest.delete(line.id)
      line.isFinal = true
      this.#changed(line)
    }
  }

  #add(given: Omit<Line, 'links'> & Partial<Source>): Line {
    const { id, kind, identity, name, isAgent, text, isFinal, isInterrupted, at } = given
    const line: Line = { id, kind, identity, name, isAgent, text, isFinal, isInterrupted, at, links: [] }
    this.#lines.set(id, line)
    const [oldest] = this.#lines.values()
    if (this.#lines.size > MOST_LINES && oldest !== undefined) {
      this.#lines.delete(oldest.id)
      this.#latest.delete(oldest.id)
      this.#dropped(oldest)
    }
    return line
  }
}

/** Whether a line is something that was said whole; what the agent did besides is no part of what was said. */
export function isWords({ kind, isFinal, text }: Line): boolean {
  return kind !== 'did' && isFinal && text.trim() !== ''
}

/** The lines as a text file: ISO time, name, words; one line each. */
export function transcriptFile(lines: readonly Line[], room: string): string {
  const written = lines.filter(isWords).map(line => {
    const words = line.text.replace(/\s+/g, ' ').trim()
    const end = line.isInterrupted ? ' (interrupted)' : ''
    const how = line.kind === 'typed' ? ' (typed)' : ''
    return `${new Date(line.at).toISOString()}  ${line.name}${how}: ${words}${end}`
  })
  return `${[`Room ${room}`, '', ...written].join('\n')}\n`
}
