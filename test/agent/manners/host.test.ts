import { beforeEach, describe, expect, it } from 'vitest'
import { RequestError } from '../../../agent/errors.ts'
import { Host } from '../../../agent/manners/host.ts'
import type { Manners } from '../../../agent/manners/manners.ts'
import type { Shown } from '../../../agent/manners/table.ts'
import { Stats } from '../../../agent/stats.ts'
import { FakeClock } from '../../fakes/clock.ts'

const ana = { identity: 'p_ana', name: 'Ana' }
const ben = { identity: 'p_ben', name: 'Ben' }

let host: Host
let clock: FakeClock
let silenceMs: number
let guests: { identity: string; name: string }[]
let done: string[]
let aloud: string[]
let shown: Partial<Shown>

function sit(manners: Manners): void {
  guests = [ana, ben]
  done = []
  aloud = []
  shown = {}
  clock = new FakeClock()
  silenceMs = 3_000
  const table = { names: ['Roundtable'], guests: () => guests, asker: () => ana.identity }
  host = new Host(manners, clock, new Stats(), table, {
    show: change => (shown = { ...shown, ...change }),
    pass: piece => aloud.push('text' in piece ? piece.text : ''),
    settled: () => {},
    hush: () => done.push('hush'),
    stopped: () => done.push('stopped'),
    silenceMs: () => silenceMs,
    turn: (change, identity) => done.push(`${change} ${identity}`),
    reopen: how => done.push(how),
  })
}

describe('pressing to talk', () => {
  beforeEach(() => sit('push-to-talk'))

  it('marks a turn from press to release, and only that person is listened to', () => {
    expect(host.isSending).toBe(false)
    expect(host.controls.talk(ana, true)).toEqual({ holds: true, ahead: 0 })
    expect(host.isSending).toBe(true)
    expect([host.listensTo('p_ana'), host.listensTo('p_ben')]).toEqual([true, false])
    expect(shown.talkers).toEqual(['p_ana'])
    host.controls.talk(ana, false)
    expect(done).toEqual(['hush', 'begins p_ana', 'ends p_ana'])
    expect(shown.talkers).toEqual([])
    expect(host.isSending).toBe(false)
  })

  it('waits in a queue, and what both say is one turn', () => {
    host.controls.talk(ana, true)
    expect(host.controls.talk(ben, true)).toEqual({ holds: false, ahead: 1 })
    host.controls.talk(ana, false)
    expect(host.listensTo('p_ben')).toBe(true)
    host.controls.talk(ben, false)
    expect(done).toEqual(['hush', 'begins p_ana', 'ends p_ben'])
  })

  it('stops the agent at once, and the rest of its answer is not heard', () => {
    host.gate.answer({ text: 'one' })
    host.controls.talk(ben, true)
    host.gate.answer({ text: 'two' })
    host.gate.ended('interrupted')
    host.controls.talk(ben, false)
    host.gate.answer({ text: 'three' })
    expect(done[0]).toBe('hush')
    expect(aloud).toEqual(['one', 'three'])
  })

  it('is taken back: that turn is not answered aloud, the next one is', () => {
    host.controls.talk(ana, true)
    host.controls.cancelTalk(ana)
    host.gate.answer({ text: 'unwanted' })
    host.gate.ended('complete')
    host.controls.talk(ana, true)
    host.controls.talk(ana, false)
    host.gate.answer({ text: 'wanted' })
    expect(aloud).toEqual(['wanted'])
  })

  it('ends when whoever presses leaves the room', () => {
    host.controls.talk(ana, true)
    host.left('p_ana')
    expect(done).toEqual(['hush', 'begins p_ana', 'ends p_ana'])
  })

  it('is not needed by one person alone: talking is enough', () => {
    guests = [ana]
    expect(host.listensTo('p_ana')).toBe(true)
    host.talked('p_ana', 'began')
    expect(host.isSending).toBe(true)
    host.talked('p_ana', 'ended')
    expect(done).toEqual(['hush', 'begins p_ana', 'ends p_ana'])
    guests = [ana, ben]
    host.talked('p_ana', 'began')
    expect(host.isSending).toBe(false)
  })

  it('in other manners takes the word: the agent stops, and answers', () => {
    sit('addressed')
    host.controls.talk(ben, true)
    expect(done).toEqual(['hush'])
    host.gate.answer({ text: 'yes' })
    expect(aloud).toEqual(['yes'])
  })
})

describe('the manners', () => {
  it('change for everybody at once, and the session takes marks or not', () => {
    sit('open')
    host.controls.manners(ana, 'addressed')
    expect(shown.manners).toBe('addressed')
    expect(done).toEqual([])
    host.controls.manners(ben, 'push-to-talk')
    host.controls.manners(ben, 'push-to-talk')
    host.controls.manners(ana, 'open')
    expect(done).toEqual(['by marks', 'by itself'])
  })

  it('changed to pressing end what is being said, first by silence where the model needs it', () => {
    sit('open')
    host.controls.manners(ana, 'push-to-talk')
    expect(host.sends).toBe('silence')
    host.controls.talk(ben, true)
    expect(host.sends).toBe('sound')
    host.controls.talk(ben, false)
    clock.pass(3_000)
    expect(host.sends).toBe('nothing')
    expect(done).toEqual(['by marks', 'hush', 'begins p_ben', 'ends p_ben', 'stopped'])
    sit('open')
    host.controls.manners(ana, 'push-to-talk')
    host.begin()
    expect(host.sends).toBe('nothing')
    expect(clock.pending).toBe(0)
    sit('open')
    silenceMs = 0
    host.controls.manners(ana, 'push-to-talk')
    expect(host.sends).toBe('nothing')
    expect(done).toEqual(['stopped', 'by marks'])
  })

  it('changed back from pressing let everybody be heard at once', () => {
    sit('push-to-talk')
    host.controls.manners(ana, 'open')
    host.controls.manners(ana, 'push-to-talk')
    host.controls.manners(ana, 'addressed')
    expect(host.sends).toBe('sound')
    clock.pass(10_000)
    expect(done).toEqual(['by itself', 'by marks', 'by itself'])
    expect(clock.pending).toBe(0)
  })

  it('changed in the middle of a turn complete it', () => {
    sit('push-to-talk')
    host.controls.talk(ana, true)
    host.controls.manners(ben, 'open')
    expect(done).toEqual(['hush', 'begins p_ana', 'ends p_ana', 'by itself'])
    expect(shown.talkers).toEqual([])
  })
})

describe('a deafened agent', () => {
  beforeEach(() => sit('open'))

  it('is sent nothing, falls silent, and everybody sees who did it', () => {
    host.gate.answer({ text: 'one' })
    host.controls.deafen(ana, true)
    expect(done).toEqual(['hush'])
    expect(shown.deafened).toBe('p_ana')
    expect([host.isSending, host.listensTo('p_ana'), host.listensTo('p_ben')]).toEqual([false, false, false])
    host.gate.answer({ text: 'two' })
    host.gate.ended('complete')
    host.gate.answer({ text: 'three' })
    expect(aloud).toEqual(['one'])
  })

  it('hears again when anybody lets it', () => {
    host.controls.deafen(ana, true)
    host.controls.deafen(ben, false)
    expect(shown.deafened).toBe('')
    expect(host.isSending).toBe(true)
  })

  it('in the middle of a word lets the model hear silence until that turn is over, and then nothing', () => {
    host.controls.deafen(ana, true)
    expect(host.sends).toBe('silence')
    clock.pass(2_990)
    expect([host.sends, done]).toEqual(['silence', ['hush']])
    clock.pass(10)
    expect([host.sends, done]).toEqual(['nothing', ['hush', 'stopped']])
    host.controls.deafen(ana, true)
    clock.pass(10_000)
    expect(done).toEqual(['hush', 'stopped'])
    host.controls.deafen(ben, false)
    expect(host.sends).toBe('sound')
  })

  it('where the end of the sound ends a turn is told that at once, and hears nothing', () => {
    silenceMs = 0
    host.controls.deafen(ana, true)
    expect([host.sends, done]).toEqual(['nothing', ['hush', 'stopped']])
    expect(clock.pending).toBe(0)
  })

  it('that hears again before that is told of no end', () => {
    host.controls.deafen(ana, true)
    clock.pass(1_000)
    host.controls.deafen(ana, false)
    expect(host.sends).toBe('sound')
    clock.pass(10_000)
    expect(done).toEqual(['hush'])
    host.controls.deafen(ben, true)
    host.close()
    expect(clock.pending).toBe(0)
  })

  it('while somebody presses has that turn completed by its mark, and hears nothing more', () => {
    sit('push-to-talk')
    host.controls.talk(ana, true)
    host.controls.deafen(ben, true)
    expect([host.sends, done]).toEqual(['nothing', ['hush', 'begins p_ana', 'ends p_ana', 'hush']])
    expect(shown.talkers).toEqual([])
    host.controls.deafen(ben, false)
    expect(host.sends).toBe('nothing')
    host.controls.talk(ana, true)
    expect(host.sends).toBe('sound')
  })

  it('cannot be asked or talked to, and says so', () => {
    host.controls.deafen(ana, true)
    expect(() => host.controls.ask(ben)).toThrow(RequestError)
    expect(() => host.controls.talk(ben, true)).toThrow(/deafened/)
  })
})
