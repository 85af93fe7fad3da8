import { describe, expect, test } from 'vitest'
import { Toggle } from '../../web/page/toggle.ts'

/** A device that switches when it is let. */
function slow() {
  const asked: boolean[] = []
  let next = Promise.withResolvers<void>()
  const failures: unknown[] = []
  const toggle = new Toggle(
    on => {
      asked.push(on)
      return next.promise
    },
    error => failures.push(error),
  )
  const letSwitch = (error?: Error) => {
    const { resolve, reject } = next
    next = Promise.withResolvers<void>()
    if (error === undefined) resolve()
    else reject(error)
  }
  return { toggle, asked, failures, letSwitch }
}

describe('a device that takes time to switch', () => {
  test('shows at once what was asked for, and is asked once', () => {
    const { toggle, asked } = slow()
    void toggle.want(true)
    expect(toggle.isOn).toBe(true)
    expect(asked).toEqual([true])
  })

  test('does the last wish after the one under way', async () => {
    const { toggle, asked, letSwitch } = slow()
    void toggle.want(true)
    const done = toggle.want(false)
    letSwitch()
    await Promise.resolve()
    await Promise.resolve()
    letSwitch()
    await done
    expect(asked).toEqual([true, false])
    expect(toggle.isOn).toBe(false)
  })

  test('is not asked again for a wish that was taken back', async () => {
    const { toggle, asked, letSwitch } = slow()
    const done = toggle.want(true)
    void toggle.want(false)
    void toggle.want(true)
    letSwitch()
    await done
    expect(asked).toEqual([true])
  })

  test('is off when it fails, and says so once', async () => {
    const { toggle, failures, letSwitch } = slow()
    const done = toggle.want(true)
    letSwitch(new Error('denied'))
    await done
    expect(toggle.isOn).toBe(false)
    expect(failures.length).toBe(1)
  })

  test('follows what happened elsewhere, but not while it is switching', async () => {
    const { toggle, letSwitch } = slow()
    const done = toggle.want(true)
    toggle.follow(false)
    expect(toggle.isOn).toBe(true)
    letSwitch()
    await done
    toggle.follow(false)
    expect(toggle.isOn).toBe(false)
  })
})
