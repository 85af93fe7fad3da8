import type { Ms } from '../../agent/units.ts'
import { startPageAgent } from '../e2e/page-agent.ts'
import { startStage } from '../e2e/page-stage.ts'
import type { Measure } from './bench.ts'
import { figure } from './report.ts'
import { median } from './statistics.ts'

const TIMES = 5
/** A person at the keyboard clicks no sooner; by then the page has fetched what comes after the lobby. */
const PAUSE_MS: Ms = 500

/** Notes, on the page's clock, when the button was pressed and when the first sound had been decoded and was not silent. */
const clock = `{
  const Real = RTCPeerConnection
  const peers = []
  window.RTCPeerConnection = class extends Real {
    constructor(...given) {
      super(...given)
      peers.push(this)
    }
  }
  window.times = { pressed: 0, heard: 0 }
  addEventListener('click', ({ target }) => {
    if (target.id === 'join-button') times.pressed ||= performance.now()
  }, true)
  const look = async () => {
    for (const peer of peers)
      for (const report of (await peer.getStats()).values())
        if (report.type === 'inbound-rtp' && report.kind === 'audio' && report.totalAudioEnergy > 0.001)
          times.heard ||= performance.now()
    if (times.heard === 0) setTimeout(look, 10)
  }
  look()
}`

/** From the click on Join to hearing the room, in a browser. */
export const joining: Measure = {
  name: 'joining',
  async run({ kinds, tell }) {
    if (!kinds.includes('ours')) return []
    tell('joining: a browser, five times')
    await using stage = await startStage()
    const took: Ms[] = []
    for (let time = 0; time < TIMES; time++) {
      await using agent = await startPageAgent(stage.livekit, stage.room)
      agent.sound(440)
      const page = await stage.open({ script: clock })
      await page.getByLabel('Your name').fill('Ana')
      await page.waitForTimeout(PAUSE_MS)
      await page.getByRole('button', { name: 'Join', exact: true }).click()
      const times = await page.locator('#room').evaluate(`new Promise(resolve => {
        const look = () => (times.heard > 0 ? resolve(times) : setTimeout(look, 20))
        look()
      })`)
      const { pressed, heard } = times as { pressed: Ms; heard: Ms }
      took.push(heard - pressed)
      await stage.clear()
    }
    const seconds = median(took) / 1000
    const what = 'click on Join to hearing the room, p50 s'
    return [{ what, bare: '', ours: figure(seconds, 2), bar: '1.5', isReached: seconds < 1.5 }]
  },
}
