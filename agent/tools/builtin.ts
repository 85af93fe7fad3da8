import type { Ms } from '../units.ts'
import { defineTool, type ReadyTool, readyTool } from './tool.ts'

/** What the model may ask of the room and do in it. */
export type Surroundings = {
  /** Everybody in the room but the agent, by name. */
  people(): readonly string[]
  /** Who has spoken of late, by name, the last one first, and how long ago they ended; 0 while they speak. */
  speakers(): readonly { name: string; agoMs: Ms }[]
  /** Nothing more of the answer under way is to be heard. */
  hush(): void
  /** The agent is to go, once it has said what it is saying. */
  leave(): void
}

/** The tools that the model always has, but for names that the operator's own tools have taken. */
export function builtinTools(around: Surroundings, taken: readonly ReadyTool[]): ReadyTool[] {
  const tools = [
    defineTool({
      name: 'who_is_here',
      description: 'Tells who is in the room with you now, by name.',
      line: 'looked who is here',
      run: () => ({ people: around.people() }),
    }),
    defineTool({
      name: 'who_spoke_last',
      description:
        'Tells who has spoken of late, the last one first, with how many seconds ago. Call it when you need to know whose voice it was.',
      line: 'looked who spoke',
      run: () => ({
        speakers: around
          .speakers()
          .map(({ name, agoMs }) => ({ name, secondsAgo: Math.round(agoMs / 100) / 10 })),
      }),
    }),
    defineTool({
      name: 'end_turn',
      description:
        'Ends your turn at once and says nothing more of it. Call it when people talk to each other and want no answer from you.',
      line: 'chose to say nothing',
      run: () => {
        around.hush()
        return { output: 'Your turn is over. Say nothing.' }
      },
    }),
    defineTool({
      name: 'leave_room',
      description:
        'Leaves the room for good. Call it only when somebody has clearly asked you to leave; say goodbye first.',
      line: 'leaves the room',
      run: () => {
        around.leave()
        return { output: 'You are leaving.' }
      },
    }),
  ]
  const names = new Set(taken.map(({ name }) => name))
  return tools.filter(({ name }) => !names.has(name)).map(tool => readyTool(tool, 'the agent'))
}
