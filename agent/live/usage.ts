import type { ModalityTokenCount, UsageMetadata } from '@google/genai'

/** Tokens by what they carry, as they are billed. */
export type Tokens = {
  input: { text: number; audio: number; video: number }
  output: { text: number; audio: number }
}

/** What a conversation has used, over all its connections. `usd` is an estimate: nobody but the bill knows. */
export type Usage = { turns: number; inputTokens: number; outputTokens: number; usd: number }

/** US dollars for a million tokens. */
export type Prices = Tokens

/** Of the 3.x Live models and of 2.5, autumn 2026. https://ai.google.dev/gemini-api/docs/pricing */
const prices3: Prices = { input: { text: 0.75, audio: 3, video: 1 }, output: { text: 4.5, audio: 12 } }
const prices25: Prices = { input: { text: 0.5, audio: 3, video: 3 }, output: { text: 2, audio: 12 } }

/** What `model` costs; one that we do not know is taken for one of the newest. */
export function pricesOf(model: string): Prices {
  return /(^|-)2\.\d/.test(model) ? prices25 : prices3
}

/**
 * The tokens in one usage message. What it does not break down is taken for sound, which most of a conversation is; thoughts are
 * billed as text.
 */
export function tokensOf(usage: UsageMetadata): Tokens {
  const tokens: Tokens = { input: { text: 0, audio: 0, video: 0 }, output: { text: 0, audio: 0 } }
  let known = 0
  for (const { modality, tokenCount = 0 } of [
    ...(usage.promptTokensDetails ?? []),
    ...(usage.toolUsePromptTokensDetails ?? []),
  ]) {
    tokens.input[inputKind(modality)] += tokenCount
    known += tokenCount
  }
  tokens.input.audio += Math.max(
    0,
    (usage.promptTokenCount ?? 0) + (usage.toolUsePromptTokenCount ?? 0) - known,
  )
  known = 0
  for (const { modality, tokenCount = 0 } of usage.responseTokensDetails ?? []) {
    tokens.output[modality === 'TEXT' ? 'text' : 'audio'] += tokenCount
    known += tokenCount
  }
  tokens.output.audio += Math.max(0, (usage.responseTokenCount ?? 0) - known)
  tokens.output.text += usage.thoughtsTokenCount ?? 0
  return tokens
}

function inputKind(modality: ModalityTokenCount['modality']): keyof Tokens['input'] {
  if (modality === 'TEXT') return 'text'
  return modality === 'VIDEO' || modality === 'IMAGE' ? 'video' : 'audio'
}

export function costOf(tokens: Tokens, prices: Prices): number {
  const { input, output } = tokens
  const micros =
    input.text * prices.input.text +
    input.audio * prices.input.audio +
    input.video * prices.input.video +
    output.text * prices.output.text +
    output.audio * prices.output.audio
  return micros / 1e6
}

/**
 * Adds up what turns use. Several usage messages come in a turn, each with all of it so far, and each turn is billed for the whole
 * context again: the last of each turn counts, once. A turn that breaks off with its connection counts as far as it was told.
 */
export class Account {
  #prices: Prices
  #turns = 0
  #input = 0
  #output = 0
  #usd = 0
  #turn: Tokens | undefined

  constructor(model: string) {
    this.#prices = pricesOf(model)
  }

  /** Another model answers from now on. */
  use(model: string): void {
    this.turnEnded()
    this.#prices = pricesOf(model)
  }

  told(tokens: Tokens): void {
    this.#turn = tokens
  }

  /** The turn is over, or its connection is; returns what it used. */
  turnEnded(): Usage | undefined {
    const turn = this.#turn
    if (turn === undefined) return undefined
    this.#turn = undefined
    const used: Usage = {
      turns: 1,
      inputTokens: turn.input.text + turn.input.audio + turn.input.video,
      outputTokens: turn.output.text + turn.output.audio,
      usd: costOf(turn, this.#prices),
    }
    this.#turns++
    this.#input += used.inputTokens
    this.#output += used.outputTokens
    this.#usd += used.usd
    return used
  }

  get total(): Usage {
    return { turns: this.#turns, inputTokens: this.#input, outputTokens: this.#output, usd: this.#usd }
  }
}
