import type { Scene } from '../turns/script.ts'

type Question = { asks: RegExp; answer: (scene: Scene) => string }

/** What it can be asked about its own session, by words that stand in the line. */
const questions: readonly Question[] = [
  { asks: /\bwh(?:ich|at)('s| is)?\b.*\bmodel\b/i, answer: ({ model }) => `I stand in for ${model.id}.` },
  { asks: /\bwh(?:ich|at)('s| is)?\b.*\bvoice\b/i, answer: ({ voice }) => `My voice is ${voice}.` },
  { asks: /\bwh(?:ich|at)\b.*\b(?:tools?|functions?)\b/i, answer: sayTools },
  {
    asks: /\bhow many\b.*\btokens?\b/i,
    answer: ({ memory }) => `The context holds ${memory.contextTokens} tokens.`,
  },
  {
    asks: /\b(?:how (?:much|long)|what)\b.*\b(?:time|left)\b/i,
    answer: ({ leftMs }) => `${sayTime(leftMs)} left.`,
  },
  {
    asks: /\bhow many\b.*\b(?:turns?|answers?)\b/i,
    answer: ({ turn }) => `I have given ${turn} answers before this one.`,
  },
  { asks: /\bwhat\b.*\b(?:instructions?|prompt)\b/i, answer: sayInstruction },
  { asks: /\bwhat did i (?:say|write|tell)\b/i, answer: sayRemembered },
  {
    asks: /^\s*\/?help\b/i,
    answer: () =>
      'Ask for the model, the voice, the tools, tokens, time left, instructions, or what you said. Name a tool to have it called. Write: echo on.',
  },
]

/** Questions are looked for in so much of a line, characters: searching is slow in a long one that asks again and again. */
const MOST_ASKED = 1_000

/** Answers to the questions in a typed line that are about the session itself; none where there is no such question. */
export function aboutItself(typed: string, scene: Scene): string[] {
  const asked = typed.slice(0, MOST_ASKED)
  return questions.filter(({ asks }) => asks.test(asked)).map(({ answer }) => answer(scene))
}

function sayTools({ declarations, hasSearch }: Scene): string {
  const names = declarations.map(({ name = '' }) => spoken(name))
  if (hasSearch) names.push('Google Search')
  return names.length === 0 ? 'No tools are declared.' : `I know ${names.length} tools: ${names.join(', ')}.`
}

/** An identifier as it is said. */
export function spoken(name: string): string {
  return name.replace(/[_.:-]+/g, ' ').replace(/([a-z])([A-Z])/g, '$1 $2')
}

function sayTime(ms: number): string {
  if (!Number.isFinite(ms)) return 'There is no end of time'
  const seconds = Math.round(ms / 1000)
  return seconds < 120
    ? `This connection has ${seconds} seconds`
    : `This connection has ${Math.round(seconds / 60)} minutes`
}

function sayInstruction({ memory }: Scene): string {
  const { instruction } = memory
  return instruction === ''
    ? 'I was given no instructions.'
    : `My instructions are: ${instruction.slice(0, 200)}`
}

function sayRemembered({ memory }: Scene): string {
  // The question itself is the last thing written.
  const before = memory.lines.filter(({ role, text }) => role === 'user' && text !== '').slice(0, -1)
  const last = before.at(-1)
  return last === undefined ? 'Nothing before this.' : `Before this: ${last.text.slice(0, 200)}`
}
