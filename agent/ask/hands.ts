import type { Clock } from '../clock.ts'
import type { ToolAnswer } from '../live/declaration.ts'
import type { ToolCall } from '../live/events.ts'
import type { LiveSettings } from '../live/settings.ts'
import { fillIn } from '../live/words.ts'
import type { Log } from '../log.ts'
import type { Stats } from '../stats.ts'
import { Registry } from '../tools/registry.ts'
import { type CallNews, Runner } from '../tools/runner.ts'
import type { Toolbox } from '../tools/toolbox.ts'

/** Where there is no room, this stands for its name and for who is in it. */
const here = { room: 'a command line', people: ['one person'] }

/** A session with one person and no room: its settings, with what the model may call. The model finds turns by itself there. */
export function soloSettings(settings: LiveSettings, toolbox: Toolbox): LiveSettings {
  return {
    ...settings,
    turns: 'by itself',
    instructions: fillIn(settings.instructions, here),
    functions: new Registry(toolbox.tools).declarations(settings.profile),
  }
}

export type HandsOptions = {
  toolbox: Toolbox
  settings: LiveSettings
  clock: Clock
  log: Log
  stats: Stats
  answer: (call: ToolCall, answer: ToolAnswer) => void
  show: (news: CallNews) => void
}

/** What runs the calls of such a session. */
export function handsFor({ toolbox, settings, ...rest }: HandsOptions): Runner {
  return new Runner({
    ...rest,
    registry: new Registry(toolbox.tools),
    profile: () => settings.profile,
    context: { room: here.room, people: () => [], asker: () => '' },
  })
}
