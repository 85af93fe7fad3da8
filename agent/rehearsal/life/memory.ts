import type { Ms } from '../../units.ts'
import type { Api } from '../door/address.ts'
import type { Picture } from '../hearing/picture.ts'

type Modality = 'TEXT' | 'AUDIO' | 'IMAGE'

/** Audio is 25 tokens a second both ways, a picture 258, or 66 at low resolution. https://ai.google.dev/gemini-api/docs/tokens */
const TOKENS_PER_SECOND = 25
const TOKENS_PER_PICTURE = { low: 66, other: 258 }
/** What a native-audio model holds. */
export const WINDOW_TOKENS = 131_072

/** Something that was said, shown or written. */
export type Line = { role: 'user' | 'model'; text: string; modality: Modality; tokens: number }

export type Compression = { triggerTokens: number; targetTokens: number }

/** What a session remembers and what that costs: it outlives the connection where a handle leads back to it. */
export class Memory {
  readonly bornAt: Ms
  /** Whether pictures ever came: a session with video may live less long. */
  hasVideo = false
  turns = 0
  #instruction: string
  #lines: Line[] = []
  readonly #tokens: Record<Modality, number> = { TEXT: 0, AUDIO: 0, IMAGE: 0 }

  constructor(instruction: string, bornAt: Ms) {
    this.#instruction = instruction
    this.bornAt = bornAt
  }

  get instruction(): string {
    return this.#instruction
  }

  /** A changed instruction holds from the next turn on. */
  instruct(instruction: string): void {
    this.#instruction = instruction
  }

  get lines(): readonly Line[] {
    return this.#lines
  }

  /** Everything the next turn is billed for. */
  get contextTokens(): number {
    return textTokens(this.#instruction) + this.#tokens.TEXT + this.#tokens.AUDIO + this.#tokens.IMAGE
  }

  text(role: Line['role'], text: string): void {
    if (text !== '') this.#add({ role, text, modality: 'TEXT', tokens: textTokens(text) })
  }

  sound(role: Line['role'], ms: Ms, text: string): void {
    if (ms > 0)
      this.#add({
        role,
        text,
        modality: 'AUDIO',
        tokens: Math.max(1, Math.round((ms * TOKENS_PER_SECOND) / 1000)),
      })
  }

  picture({ width, height }: Picture, isLowResolution: boolean): void {
    this.hasVideo = true
    const tokens = isLowResolution ? TOKENS_PER_PICTURE.low : TOKENS_PER_PICTURE.other
    this.#add({ role: 'user', text: `[picture of ${width} by ${height}]`, modality: 'IMAGE', tokens })
  }

  /**
   * Drops the oldest lines once there are more tokens than the trigger, down to the target; what stays begins with a line of the
   * user's, and the instruction always stays. Returns how many lines went.
   */
  compress({ triggerTokens, targetTokens }: Compression): number {
    if (this.contextTokens <= triggerTokens) return 0
    let drop = 0
    let tokens = this.contextTokens
    while (drop < this.#lines.length && (tokens > targetTokens || this.#lines[drop]!.role === 'model'))
      tokens -= this.#lines[drop++]!.tokens
    for (const line of this.#lines.splice(0, drop)) this.#tokens[line.modality] -= line.tokens
    return drop
  }

  /** A memory of its own that remembers the same. */
  copy(): Memory {
    const copy = new Memory(this.#instruction, this.bornAt)
    copy.hasVideo = this.hasVideo
    copy.turns = this.turns
    copy.#lines = [...this.#lines]
    Object.assign(copy.#tokens, this.#tokens)
    return copy
  }

  /** The `usageMetadata` that opens a turn: nothing is answered yet. */
  promptUsage(): Record<string, unknown> {
    return { promptTokenCount: this.contextTokens, totalTokenCount: this.contextTokens }
  }

  /** Takes in the model's answer and gives the `usageMetadata` of its turn: what stood before it, and itself. */
  answer(spoken: { text: string; sentMs: Ms }, isAudio: boolean, api: Api): Record<string, unknown> {
    const prompt = this.contextTokens
    const promptTokensDetails = this.#details()
    if (isAudio) this.sound('model', spoken.sentMs, spoken.text)
    else this.text('model', spoken.text)
    const response = this.contextTokens - prompt
    const modality: Modality = isAudio ? 'AUDIO' : 'TEXT'
    const details = response > 0 ? [{ modality, tokenCount: response }] : []
    const counts = { promptTokenCount: prompt, totalTokenCount: prompt + response, promptTokensDetails }
    // Vertex AI kept the names of its other services.
    return api === 'vertex'
      ? { ...counts, candidatesTokenCount: response, candidatesTokensDetails: details }
      : { ...counts, responseTokenCount: response, responseTokensDetails: details }
  }

  #details() {
    const counts = { ...this.#tokens, TEXT: this.#tokens.TEXT + textTokens(this.#instruction) }
    return (['TEXT', 'AUDIO', 'IMAGE'] as const)
      .filter(modality => counts[modality] > 0)
      .map(modality => ({ modality, tokenCount: counts[modality] }))
  }

  #add(line: Line): void {
    this.#lines.push(line)
    this.#tokens[line.modality] += line.tokens
  }
}

/** About four letters a token. */
const textTokens = (text: string) => Math.ceil(text.length / 4)
