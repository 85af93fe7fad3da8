import { describe, expect, it } from 'vitest'
import type { LiveConnection } from '../../../agent/live/connection.ts'
import type { Letter } from '../../../agent/live/outbox/letter.ts'
import { type Attached, Uplink } from '../../../agent/live/uplink.ts'
import { Stats } from '../../../agent/stats.ts'
import { FakeClock } from '../../fakes/clock.ts'

/** An uplink on a connection that takes everything, and what left it: the ms of each piece of sound, or the kind of another letter. */
function up() {
  const clock = new FakeClock()
  const uplink = new Uplink(clock, new Stats(), () => {})
  const left: (number | string)[] = []
  const connection = {
    isCongested: false,
    nextIndex: 2,
    send: (letter: Letter) => left.push(letter.kind === 'audio' ? letter.pcm.length / 16 : letter.kind),
  } as unknown as LiveConnection
  const to: Attached = { connection, typed: 'realtimeInput', opening: undefined, address: letter => letter }
  uplink.attach(to)
  return {
    uplink,
    left,
    /** `ms` of sound, 10 ms at a time; 0 is silence. Gives what left meanwhile. */
    hear(value: number, ms: number) {
      const from = left.length
      for (let i = 0; i < ms / 10; i++) {
        clock.pass(10)
        uplink.push({ kind: 'audio', pcm: new Int16Array(160).fill(value) })
      }
      return left.slice(from)
    },
  }
}

describe('sound on its way up', () => {
  it('goes as it comes while somebody talks, and for two seconds after: the end of a sentence is found by silence', () => {
    const { hear } = up()
    expect(new Set(hear(4_000, 500))).toEqual(new Set([10]))
    expect(new Set(hear(0, 1_990))).toEqual(new Set([10]))
  })

  it('goes in pieces of 40 ms while it is long silent, and none of it is missing', () => {
    const { hear } = up()
    hear(0, 1_990)
    expect(hear(0, 4_000)).toEqual(Array(100).fill(40))
  })

  it('takes the silence before a word along with it, and keeps no word waiting', () => {
    const { hear } = up()
    hear(0, 3_990)
    expect(hear(0, 20)).toEqual([])
    expect(hear(4_000, 20)).toEqual([30, 10])
  })

  it('is never overtaken by what is typed, or by the end of the stream', () => {
    const { hear, uplink, left } = up()
    hear(0, 3_990)
    hear(0, 30)
    uplink.push({ kind: 'pause' })
    expect(left.slice(-2)).toEqual([30, 'pause'])
  })
})
