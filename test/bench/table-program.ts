/** The people of `Table`: run with an IPC channel; tells what becomes of each order, and what people hear and read. */
import type { Ms } from '../../agent/units.ts'
import { Guest } from './guest.ts'
import { now } from './instant.ts'
import { PERSON_TONE } from './stand-in.ts'
import type { News, Order } from './table.ts'
import { sine } from './tone.ts'
import { WORDS, word } from './words.ts'

/** Alike for all: whether their rooms are silent or faintly noisy. */
const air = { isNoisy: false }
const guests = new Map<string, Guest>()

process.on('message', ({ number, order }: { number: number; order: Order }) => {
  obey(order).then(
    at => tell({ kind: 'done', number, at }),
    thrown => tell({ kind: 'refused', number, because: String(thrown) }),
  )
})
process.on('disconnect', () => process.exit())
console.log('ready')

function tell(news: News): void {
  process.send?.(news)
}

async function obey(order: Order): Promise<Ms> {
  if (order.do === 'join' || order.do === 'join-talking') return join(order)
  if (order.do === 'noise') {
    air.isNoisy = order.on
    return now()
  }
  if (order.do === 'say') {
    const said = order.lines.map(({ who, id, afterMs }) => guest(who).say(wordOf(who, id), afterMs))
    await Promise.all(said.map(({ ended }) => ended))
    return Math.min(...(await Promise.all(said.map(({ begun }) => begun))))
  }
  const person = guest(order.who)
  switch (order.do) {
    case 'chatter':
      return person.say(chatter(order.who)).begun
    case 'tone':
      return person.say(sine(PERSON_TONE, Guest.RATE, (order.ms * Guest.RATE) / 1000)).begun
    case 'mute': {
      const at = now()
      person.mute(true)
      return at
    }
    case 'unmute': {
      const at = now()
      person.mute(false)
      await person.say(wordOf(order.who, order.id)).ended
      return at
    }
    case 'echo':
      person.echo(order.how)
      return now()
    case 'unpublish':
      await person.unpublish()
      return now()
    case 'publish':
      await person.publish()
      return now()
    case 'leave':
      guests.delete(order.who)
      await person.leave()
      return now()
  }
}

async function join(order: Order & { do: 'join' | 'join-talking' }): Promise<Ms> {
  const isTalking = order.do === 'join-talking'
  const hears = isTalking ? undefined : order.hears
  const person = new Guest(air, hears, {
    edge: edge => tell({ kind: 'edge', edge: { who: order.who, ...edge } }),
    caption: caption => tell({ kind: 'caption', caption }),
  })
  await person.join(order.url, order.token)
  guests.set(order.who, person)
  if (!isTalking && !order.speaks) return now()
  if (isTalking) await person.say(chatter(order.who)).begun
  const at = now()
  await person.publish()
  return at
}

function guest(who: string): Guest {
  const found = guests.get(who)
  if (found === undefined) throw new Error(`${who} is not there`)
  return found
}

/** `p3` says the words of the fourth band. */
const wordOf = (who: string, id: number) => word(Number(who.slice(1)), id, Guest.RATE)

function chatter(who: string): Int16Array {
  const words = Array.from({ length: WORDS }, (_, id) => wordOf(who, id))
  const pcm = new Int16Array(words.reduce((sum, { length }) => sum + length, 0))
  for (const [i, one] of words.entries()) pcm.set(one, i * one.length)
  return pcm
}
