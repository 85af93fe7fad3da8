import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { z } from 'zod'
import type { Bytes } from '../units.ts'

/** Where a conversation can be taken up by somebody who was not there: the resumption handle, the model it is bound to, the last lines. */
export type Place = {
  handle: string | undefined
  model: string
  lines: [who: string, text: string][]
}

/*
 * Where is a place kept, so that another process can take a conversation up when this one is killed? A worker holds nothing that
 * LiveKit does not hold, so it is LiveKit that keeps it: as an attribute of the agent's own participant. That outlives the process by
 * some 20 s, which is how long a killed participant stays listed; whoever finds it dead carries the attribute over into the new
 * dispatch, and so does a worker that hands its rooms on. The room's metadata would live longer, but it belongs to the application,
 * and whoever writes it overwrites the other; a dispatch's attributes are hidden from people, but cannot be changed once it is made.
 *
 * Attributes are seen by everybody in the room, and with a handle one could go on with the conversation elsewhere: so it is sealed,
 * by AES-256-GCM under a key derived from LIVEKIT_API_SECRET, which all workers of a deployment share and no participant knows. The
 * room's name goes into the key: a sealed place of one room opens no other. Whoever could forge one has the secret already.
 */

const IV_BYTES: Bytes = 12
const TAG_BYTES: Bytes = 16
/** LiveKit takes 64 kB of attributes in all; a place is one or two. */
const MOST_SEALED: Bytes = 16_000
const MOST_OPENED: Bytes = 64_000

const shape = z.object({
  handle: z.string().max(8_000).optional(),
  model: z.string().max(200),
  lines: z.array(z.tuple([z.string().max(200), z.string().max(2_000)])).max(100),
})

/** `place` as text that only those who know `secret` can read, and only for `room`; undefined where it would be too large. */
export function seal(place: Place, secret: string, room: string): string | undefined {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', keyFor(secret, room), iv)
  const plain = deflateRawSync(JSON.stringify(place))
  const sealed = Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return sealed.length > MOST_SEALED ? undefined : sealed.toString('base64url')
}

/** What `seal` sealed; undefined for anything else, whoever made it. */
export function unseal(text: string, secret: string, room: string): Place | undefined {
  const sealed = Buffer.from(text, 'base64url')
  if (sealed.length < IV_BYTES + TAG_BYTES || sealed.length > MOST_SEALED) return undefined
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyFor(secret, room), sealed.subarray(0, IV_BYTES))
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
    const plain = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()])
    const json = inflateRawSync(plain, { maxOutputLength: MOST_OPENED }).toString('utf8')
    const { handle, model, lines } = shape.parse(JSON.parse(json))
    return { handle, model, lines }
  } catch {
    return undefined
  }
}

function keyFor(secret: string, room: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'roundtable.place', room, 32))
}
