import { setTimeout as wait } from 'node:timers/promises'
import type { Tool } from 'roundtable'
import { z } from 'zod'

/*
 * What a table of people needs: notes that everybody can have read back, and kitchen timers. Use it with
 * TOOLS=./examples/tools/table.ts. Notes are kept for as long as the worker lives, each room's by itself.
 */
type Note = { text: string; by: string }

const MOST_NOTES = 100
const notes = new Map<string, Note[]>()

const newNote = z.object({ text: z.string().min(1).max(500).describe('What to write down, in a sentence.') })

export const addNote = {
  name: 'add_note',
  description:
    'Writes something down for everybody at the table. Call it when somebody asks to note or remember something.',
  parameters: newNote,
  line: 'wrote a note',
  run({ text }, { room, people, asker }) {
    const ofRoom = notes.get(room) ?? []
    const by = people().find(({ identity }) => identity === asker())?.name ?? 'somebody'
    notes.set(room, [...ofRoom, { text, by }].slice(-MOST_NOTES))
    return { count: Math.min(MOST_NOTES, ofRoom.length + 1) }
  },
} satisfies Tool<z.infer<typeof newNote>>

export const readNotes = {
  name: 'read_notes',
  description: 'All notes of this table, the oldest first, with who asked for each.',
  line: 'read the notes',
  run: (_, { room }) => ({ notes: notes.get(room) ?? [] }),
} satisfies Tool

const newTimer = z.object({
  seconds: z.number().min(1).max(3_600),
  for: z.string().max(100).optional().describe('What it is for, such as "the pasta".'),
})

/** The model goes on talking while it runs: the answer comes when the time is up, and is spoken about when nobody else talks. */
export const timer = {
  name: 'set_timer',
  description:
    'Sets a timer of up to an hour. It answers twice: at once, and when the time is up; say so aloud both times.',
  parameters: newTimer,
  behaviour: 'NON_BLOCKING',
  scheduling: 'WHEN_IDLE',
  deadlineMs: 3_600_000,
  line: ({ seconds }) =>
    `set a timer of ${seconds >= 120 ? `${Math.round(seconds / 60)} minutes` : `${seconds} seconds`}`,
  async *run({ seconds, for: what = 'it' }, { signal }) {
    yield { state: 'running', seconds, for: what }
    await wait(seconds * 1000, undefined, { signal })
    return { state: 'over', say: `The time for ${what} is up.` }
  },
} satisfies Tool<z.infer<typeof newTimer>>
