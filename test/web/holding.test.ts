import { describe, expect, test } from 'vitest'
import { Holding } from '../../web/page/holding.ts'
import { Toggle } from '../../web/page/toggle.ts'

/** A microphone that switches at once, and what the agent was told. */
function held({ isOn = false, isAsked = false } = {}) {
  const done: string[] = []
  const microphone = new Toggle(
    async on => done.push(on ? 'on' : 'off'),
    () => {},
  )
  microphone.follow(isOn)
  const holding = new Holding(
    microphone,
    on => done.push(on ? 'talk' : 'done'),
    () => {},
  )
  holding.isAsked = isAsked
  return { done, microphone, holding }
}

/** Lets the switching of a microphone settle. */
const settled = () => new Promise(resolve => setImmediate(resolve))

describe('holding to talk', () => {
  test('switches a muted microphone on, and off again', async () => {
    const { done, holding } = held()
    holding.press()
    await settled()
    expect(holding.isHeld).toBe(true)
    holding.release()
    await settled()
    expect(done).toEqual(['on', 'off'])
  })

  test('does nothing with a microphone that is on anyway', () => {
    const { done, holding } = held({ isOn: true })
    holding.press()
    expect(holding.isHeld).toBe(false)
    holding.release()
    expect(done).toEqual([])
  })

  test('tells an agent that is spoken to by pressing, and leaves an open microphone open', async () => {
    const { done, holding } = held({ isOn: true, isAsked: true })
    holding.press()
    holding.press()
    holding.release()
    holding.release()
    await settled()
    expect(done).toEqual(['talk', 'done'])
  })

  test('tells the agent before the microphone has opened, and after it was let go', async () => {
    const { done, holding } = held({ isAsked: true })
    holding.press()
    await settled()
    holding.release()
    await settled()
    expect(done).toEqual(['talk', 'on', 'done', 'off'])
  })

  test('leaves the microphone as it was put by hand meanwhile', async () => {
    const { done, microphone, holding } = held()
    holding.press()
    await settled()
    holding.keep()
    await microphone.want(true)
    holding.release()
    await settled()
    expect(microphone.isOn).toBe(true)
    expect(done.at(-1)).toBe('on')
  })

  test('ends what it has begun also when the manners change while it is held', () => {
    const { done, holding } = held({ isOn: true, isAsked: true })
    holding.press()
    holding.isAsked = false
    holding.release()
    expect(done).toEqual(['talk', 'done'])
  })
})
