import type { LiveError } from './errors.ts'
import type { Hands } from './hands.ts'
import type { LiveEvent } from './live/events.ts'
import type { Host } from './manners/host.ts'
import type { Mouth } from './mouth.ts'
import type { Company } from './room/company.ts'
import type { Face } from './room/face.ts'
import type { Listening } from './room/listening.ts'
import type { Stats } from './stats.ts'
import { activityOf } from './text/activity.ts'

/** Who acts upon what the model says. */
export type Actors = {
  stats: Stats
  host: Host
  mouth: Mouth
  hearing: Listening
  hands: Hands
  company: Company
  face: Face
}

/** What a session with the model tells. */
export type FromModel = {
  event(event: LiveEvent): void
  up(isResumed: boolean): void
  down(error: LiveError): void
}

/** Puts each fact from the model where it belongs. What it says passes the host, who decides whether it is heard. */
export function fromModel({ stats, host, mouth, hearing, hands, company, face }: Actors): FromModel {
  const { turns, session } = face
  return {
    event: event => {
      switch (event.type) {
        case 'audio':
          return host.gate.answer({ pcm: event.pcm })
        case 'said':
          return host.gate.answer({ text: event.text })
        case 'heard':
          return host.gate.heard(mouth.heard(event.text, event.spans), event.text)
        case 'interrupted':
          stats.add('interruptions')
          session.proceedings.interrupted()
          host.gate.ended('interrupted')
          return mouth.hush()
        case 'turnComplete':
          host.gate.ended('complete')
          hearing.forget()
          turns.happen('turnComplete')
          return mouth.endTurn()
        case 'call':
          host.gate.called()
          return hands.call(event.calls)
        case 'cancel':
          return hands.cancel(event.ids)
        case 'usage':
          return session.proceedings.used(event.totalTokens)
        default: {
          const shown = activityOf(event)
          if (!shown) return
          face.text.show(shown)
          mouth.keep(shown)
        }
      }
    },
    up: isResumed => {
      mouth.begin()
      host.begin()
      if (!isResumed) company.introduce()
      face.up()
    },
    // What was received of an answer is heard to its end.
    down: error => {
      host.gate.reset()
      mouth.endTurn()
      face.down(error)
    },
  }
}
