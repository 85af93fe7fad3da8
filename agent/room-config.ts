import type { Config } from './config.ts'
import { asError } from './errors.ts'
import { settle } from './live/settings.ts'
import { readTextWish } from './live/tuning.ts'
import { wishFields } from './live/wish.ts'
import { manners, turnsFor } from './manners/manners.ts'
import type { Bytes } from './units.ts'
import { seeings } from './video/look.ts'

/** More than this is no list of settings. */
const MOST_METADATA: Bytes = 32_000

/** Of one room, besides what is asked of the session. */
const ofRoom = ['manners', 'aliases', 'video'] as const

/**
 * The configuration of one room: what its dispatch asks for, laid over what the process has. Only the fields that are listed can be
 * asked for: no key, file, address or module of the operator's is among them. What cannot be used is reported, and left as it is.
 * @param metadata JSON: an object of fields, or one that has them under `roundtable`, beside what others keep there
 * @param tools the names of the tools there are
 */
export function roomConfig(
  config: Config,
  metadata: string,
  tools: readonly string[],
  report: (problem: string) => void,
): Config {
  const given = fieldsIn(metadata, report)
  if (given === undefined) return config
  const { manners: asked, aliases, video, ...session } = given
  const say = (field: string, what: string) => {
    // The list of a session's fields is not all there is here.
    const words = what.startsWith('is no setting') ? `is no setting of a room; there are ${all}` : what
    report(`${field} ${words}`)
  }
  const wish = { ...config.live.wish, ...readTextWish(session, say) }
  for (const name of wish.tools ?? [])
    if (!tools.includes(name)) say('tools', `has "${name}"; there are ${tools.join(', ') || 'none'}`)
  const first = oneOf('manners', asked, manners, say) ?? config.manners.first
  return {
    ...config,
    live: Object.freeze({ ...settle(wish, config.live.on, say), turns: turnsFor(first) }),
    manners: {
      first,
      aliases: aliasesIn(aliases, say) ?? config.manners.aliases,
      hasRoster: config.manners.hasRoster,
    },
    video: oneOf('video', video, seeings, say) ?? config.video,
  }
}

const all = [...wishFields, ...ofRoom].join(', ')

function fieldsIn(metadata: string, report: (problem: string) => void): Record<string, unknown> | undefined {
  if (metadata.trim() === '') return undefined
  if (metadata.length > MOST_METADATA) {
    report(`is ${metadata.length} characters long; it may have ${MOST_METADATA}`)
    return undefined
  }
  let read: unknown
  try {
    read = JSON.parse(metadata)
  } catch (thrown) {
    // Its words may be somebody's: of a JSON error only what kind it is.
    report(`is no JSON (${asError(thrown).name}); it may be an object of ${all}`)
    return undefined
  }
  const own = isObject(read) && isObject(read.roundtable) ? read.roundtable : read
  if (isObject(own)) return own
  report(`is JSON, but no object of ${all}`)
  return undefined
}

function oneOf<T extends string>(
  field: string,
  value: unknown,
  accepted: readonly T[],
  say: (field: string, what: string) => void,
): T | undefined {
  const found = accepted.find(one => one === value)
  if (value !== undefined && found === undefined)
    say(field, `is ${JSON.stringify(value).slice(0, 80)}; use one of ${accepted.join(', ')}`)
  return found
}

function aliasesIn(value: unknown, say: (field: string, what: string) => void): string[] | undefined {
  if (value === undefined) return undefined
  const isList = Array.isArray(value) && value.length <= 20
  if (isList && value.every(name => typeof name === 'string' && name.length <= 64)) return value
  say('aliases', 'is no list of up to 20 names')
  return undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
