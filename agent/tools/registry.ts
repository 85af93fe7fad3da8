import { ToolError } from '../errors.ts'
import type { FunctionDeclaration } from '../live/declaration.ts'
import type { ModelProfile } from '../live/models.ts'
import type { Behaviour, ReadyTool, Scheduling } from './tool.ts'

/** More tools than this confuse a model more than they help it; the API takes 128. */
const MOST_TOOLS = 100

/** The tools of one conversation, by name. */
export class Registry {
  readonly #tools = new Map<string, ReadyTool>()

  /** @throws ToolError where the name is taken, or there are too many */
  constructor(tools: readonly ReadyTool[] = []) {
    for (const tool of tools) this.add(tool)
  }

  /** @throws ToolError where the name is taken, or there are too many */
  add(tool: ReadyTool): void {
    const holder = this.#tools.get(tool.name)
    if (holder !== undefined)
      throw new ToolError(`The tool "${tool.name}" of ${tool.from} has the name of one of ${holder.from}`)
    if (this.#tools.size === MOST_TOOLS)
      throw new ToolError(
        `The tool "${tool.name}" of ${tool.from} is one too many: there may be ${MOST_TOOLS}`,
      )
    this.#tools.set(tool.name, tool)
  }

  remove(name: string): void {
    this.#tools.delete(name)
  }

  get(name: string): ReadyTool | undefined {
    return this.#tools.get(name)
  }

  get names(): string[] {
    return [...this.#tools.keys()]
  }

  /** What the model is told of the tools; nothing where it takes none. */
  declarations(profile: ModelProfile): FunctionDeclaration[] {
    if (profile.toolBehaviours.length === 0) return []
    return [...this.#tools.values()].map(tool => {
      const { name, description, schema } = tool
      const behavior = tool.behaviour === undefined ? undefined : behaviourOn(profile, tool)
      return {
        name,
        description,
        ...(schema.declared === undefined ? {} : { parametersJsonSchema: schema.declared }),
        // Its own default is left unsaid: some versions do not know the field.
        ...(behavior === undefined || behavior === profile.toolBehaviours[0] ? {} : { behavior }),
      }
    })
  }
}

/** How a call of `tool` behaves on this model: as the tool wants it where that is possible. */
export function behaviourOn(profile: ModelProfile, { behaviour }: ReadyTool): Behaviour {
  const [usual = 'BLOCKING'] = profile.toolBehaviours
  return behaviour !== undefined && profile.toolBehaviours.includes(behaviour) ? behaviour : usual
}

/** When its answers are spoken about; undefined where the model, or a call for which it waits, knows no such thing. */
export function schedulingOn(
  profile: ModelProfile,
  tool: ReadyTool,
  wanted = tool.scheduling,
): Scheduling | undefined {
  return profile.hasScheduling && behaviourOn(profile, tool) === 'NON_BLOCKING' ? wanted : undefined
}

/** What of `tools` this model does not take, one sentence a tool. */
export function problemsOf(tools: readonly ReadyTool[], profile: ModelProfile): string[] {
  return tools.flatMap(({ name, from, behaviour, scheduling }) => {
    const who = `the tool "${name}" of ${from}`
    if (profile.toolBehaviours.length === 0) return [`${who} cannot be used: ${profile.id} takes no tools`]
    if (behaviour !== undefined && !profile.toolBehaviours.includes(behaviour))
      return [
        `${who} is ${behaviour}; ${profile.id} takes ${profile.toolBehaviours.join(' and ')} calls only: leave behaviour out`,
      ]
    if (scheduling !== undefined && !profile.hasScheduling)
      return [`${who} has a scheduling, which ${profile.id} does not know: leave it out`]
    return []
  })
}
