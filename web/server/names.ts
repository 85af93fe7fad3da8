import { createHmac, randomBytes } from 'node:crypto'

/** A person's name is at most this many characters (code points) long. */
export const NAME_LENGTH = 40

/** What LiveKit, a link and a file name all take; the same rule as the setting ROOM. */
const roomPattern = /^[\p{L}\p{N}][\p{L}\p{N}_.-]{0,63}$/u

/** Control characters, halves of a pair, bidirectional controls and marks of no width: a name with them can pose as another. */
const unseen = /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu
const visible = /[\p{L}\p{N}\p{P}\p{S}]/u

/** The room's name in one spelling, or undefined where it is not well formed. */
export function cleanRoom(room: string): string | undefined {
  const name = room.normalize('NFC')
  return roomPattern.test(name) ? name : undefined
}

/** The name as others will see it; undefined where nothing visible is left or it is longer than NAME_LENGTH. */
export function cleanName(name: string): string | undefined {
  const clean = name.normalize('NFC').replace(/\s+/gu, ' ').replace(unseen, '').trim()
  return visible.test(clean) && [...clean].length <= NAME_LENGTH ? clean : undefined
}

/** `name`, or `name 2`, `name 3` and so on where somebody already goes by it; never longer than NAME_LENGTH. */
export function distinctName(name: string, taken: Iterable<string>): string {
  const used = new Set([...taken].map(sameness))
  for (let count = 1; ; count++) {
    const ending = count === 1 ? '' : ` ${count}`
    const one =
      [...name]
        .slice(0, NAME_LENGTH - ending.length)
        .join('')
        .trimEnd() + ending
    if (!used.has(sameness(one))) return one
  }
}

function sameness(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}

/**
 * The identity of the guest who sent `nonce`: the same nonce is the same person after a reload, and nobody can work out
 * another's nonce from an identity, which all in the room can see. LiveKit throws the earlier holder of an identity out.
 */
export function guestIdentity(secret: string, room: string, nonce: string | undefined): string {
  const seed = nonce ?? randomBytes(16).toString('base64url')
  const mac = createHmac('sha256', secret).update(`guest\0${room}\0${seed}`).digest('base64url')
  return `p_${mac.slice(0, 12)}`
}
