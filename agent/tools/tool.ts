import type { z } from 'zod'
import { ToolError } from '../errors.ts'
import type { Ms } from '../units.ts'
import { type ArgumentSchema, argumentSchema, type Parameters } from './schema.ts'

/** `BLOCKING`: the model is silent until the answer is there. `NON_BLOCKING`: it goes on talking meanwhile. */
export type Behaviour = 'BLOCKING' | 'NON_BLOCKING'
/** When the answer of a NON_BLOCKING call is spoken about: at once, when nobody speaks, or not at all. */
export type Scheduling = 'INTERRUPT' | 'WHEN_IDLE' | 'SILENT'

/** What a run knows of where it runs. */
export type ToolContext = {
  /** Fires when the call is cancelled, is late, or the conversation ends; nothing is done with what comes after it. */
  signal: AbortSignal
  /** The room's name. */
  room: string
  /** Who is in the room now, but for the agent. */
  people(): readonly { identity: string; name: string }[]
  /** The identity of whoever the model is answering; empty where nobody is. */
  asker(): string
}

/** A function that the model may call. A file of tools needs no import: a plain object of this shape is one. */
export type Tool<Args = Record<string, unknown>> = {
  /** Letters, digits and underscores, at most 64; the first is no digit. */
  name: string
  /** Tells the model when to call it, and what comes of it. */
  description: string
  /** What it takes; nothing where it is left out. */
  parameters?: Parameters
  /** Left out: as the model does by itself. */
  behaviour?: Behaviour
  scheduling?: Scheduling
  /** How long a run may take, ms. Where the model waits for it, 15 s unless set and 50 s at most; else 60 s, and an hour at most. */
  deadlineMs?: Ms
  /** The same call twice within 2 s is meant. Otherwise the second is taken for one of the model's slips, and shares the first one's answer. */
  repeats?: boolean
  /** What people read of a call, such as "looked up the weather"; never what it found. */
  line?: string | ((args: Args) => string)
  /**
   * Does it. What it gives or throws is the answer; of an async generator each part is an answer of its own, where the model takes
   * those. Large answers are cut.
   */
  run(args: Args, context: ToolContext): unknown
}

/** The arguments that `parameters` describe, as far as TypeScript can know them: those of a zod schema. */
export type ArgumentsOf<P> = P extends z.ZodType ? z.output<P> : Record<string, unknown>

/** Gives a tool its types: those of the arguments come from `parameters` where they are a zod schema. It changes nothing. */
export function defineTool<P extends Parameters | undefined = undefined>(
  tool: Omit<Tool<ArgumentsOf<P>>, 'parameters'> & { parameters?: P },
): Tool {
  return tool as Tool
}

/** An answer that says by itself when it is to be spoken about. */
export class Answer {
  readonly value: unknown
  readonly scheduling: Scheduling
  constructor(value: unknown, scheduling: Scheduling) {
    this.value = value
    this.scheduling = scheduling
  }
}

/** A tool that has been looked at, and can be declared and called. */
export type ReadyTool = {
  readonly name: string
  readonly description: string
  /** Where it comes from, for messages about it: a file, a server, a person. */
  readonly from: string
  readonly schema: ArgumentSchema
  readonly behaviour: Behaviour | undefined
  readonly scheduling: Scheduling | undefined
  readonly deadlineMs: Ms | undefined
  readonly repeats: boolean
  line(args: Record<string, unknown>): string
  run(args: Record<string, unknown>, context: ToolContext): unknown
}

const NAME = /^[A-Za-z_]\w{0,63}$/
const MOST_DESCRIPTION = 4_000
const MOST_LINE = 120
const MOST_DEADLINE_MS: Ms = 3_600_000

/**
 * Looks at what a file, a server or a page calls a tool.
 * @throws ToolError that names the tool, `from` and what is wrong
 */
export function readyTool(given: unknown, from: string): ReadyTool {
  const tool = given as Tool
  const name = typeof tool?.name === 'string' ? tool.name : ''
  try {
    checkTool(tool, name)
    const { description, behaviour, scheduling, deadlineMs, repeats = false } = tool
    return {
      name,
      description,
      from,
      behaviour,
      scheduling,
      deadlineMs,
      repeats,
      schema: argumentSchema(tool.parameters),
      line: args => lineOf(tool, args),
      run: (args, context) => tool.run(args, context),
    }
  } catch (thrown) {
    if (!(thrown instanceof ToolError)) throw thrown
    throw new ToolError(
      `The tool ${name === '' ? 'without a name' : `"${name.slice(0, 80)}"`} of ${from} ${thrown.message}`,
    )
  }
}

function checkTool(tool: Tool, name: string): void {
  if (!NAME.test(name))
    throw new ToolError('needs a name of up to 64 letters, digits and underscores that begins with no digit')
  if (typeof tool.run !== 'function') throw new ToolError('has no function run')
  if (typeof tool.description !== 'string' || tool.description.trim() === '')
    throw new ToolError('has no description; the model learns from it when to call it')
  if (tool.description.length > MOST_DESCRIPTION)
    throw new ToolError(`has a description of more than ${MOST_DESCRIPTION} characters`)
  oneOf('behaviour', tool.behaviour, ['BLOCKING', 'NON_BLOCKING'])
  oneOf('scheduling', tool.scheduling, ['INTERRUPT', 'WHEN_IDLE', 'SILENT'])
  const { deadlineMs } = tool
  if (deadlineMs !== undefined && !(deadlineMs > 0 && deadlineMs <= MOST_DEADLINE_MS))
    throw new ToolError(`has the deadlineMs ${deadlineMs}; use 1 to ${MOST_DEADLINE_MS}`)
}

function oneOf(field: string, value: unknown, accepted: readonly string[]): void {
  if (value !== undefined && !accepted.includes(value as string))
    throw new ToolError(`has the ${field} ${JSON.stringify(value)}; use one of ${accepted.join(', ')}`)
}

/** What people read: one short line, whatever the tool's author or its arguments hold. */
function lineOf({ name, line }: Tool, args: Record<string, unknown>): string {
  let said: unknown
  try {
    said = typeof line === 'function' ? line(args) : line
  } catch {
    // A line that cannot be made is no reason not to do the work.
  }
  const text = typeof said === 'string' ? oneLine(said) : ''
  return text === '' ? `used ${name.replaceAll('_', ' ')}` : text
}

function oneLine(text: string): string {
  return text
    .slice(0, MOST_LINE * 4)
    .replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .slice(0, MOST_LINE)
}
