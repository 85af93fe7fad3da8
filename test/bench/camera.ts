import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AccessToken } from 'livekit-server-sdk'
import type { Ms } from '../../agent/units.ts'
import type { Bench, Measure } from './bench.ts'
import { Child } from './child.ts'
import { pause } from './instant.ts'
import { load } from './load.ts'
import { newRoom } from './meeting.ts'
import { figure, type Row } from './report.ts'

/** The server finds its layers, and the encoder its bit rate, in this time. */
const SETTLE_MS: Ms = 5_000
const LOOK_MS: Ms = 15_000

/** What looking at one 720p camera costs the process that looks. */
export type CameraFigures = {
  /** Share of one core, in percent, above that of somebody in the room who looks at nothing. */
  cpu: number
  rssMb: number
  picturesPerSecond: number
}

type Way = 'nothing' | 'every-frame' | 'ours'

/** So many people with a camera each are looked at, all in one picture. */
const CROWDS = [4, 9] as const

/**
 * The camera of one person (1280x720 at 30 frames a second, three layers, in a process of its own), looked at by ours and by a
 * reader of every frame, each beside an idle participant of the same run.
 */
export async function measureCamera(
  bench: Bench,
): Promise<{ everyFrame: CameraFigures; ours: CameraFigures }> {
  const room = newRoom()
  await using _ana = await program(bench, room, 'show')
  const nothing = await look(bench, room, 'nothing')
  const above = async (way: Way): Promise<CameraFigures> => {
    const { cpu, rssMb, picturesPerSecond } = await look(bench, room, way)
    return { cpu: cpu - nothing.cpu, rssMb: rssMb - nothing.rssMb, picturesPerSecond }
  }
  return { ours: await above('ours'), everyFrame: await above('every-frame') }
}

/** The cameras of `count` people (640x360 at 15 frames a second, two layers, all in one process) in one picture a second. */
async function measureCameras(bench: Bench, count: number): Promise<CameraFigures> {
  const room = newRoom()
  await using _people = await program(bench, room, 'show-small', count)
  const nothing = await look(bench, room, 'nothing')
  const ours = await look(bench, room, 'ours')
  return { ...ours, cpu: ours.cpu - nothing.cpu, rssMb: ours.rssMb - nothing.rssMb }
}

/** The rows for the table. */
export const camera: Measure = {
  name: 'camera',
  async run(bench) {
    bench.tell('camera: one of 720p, looked at once a second, and frame by frame')
    const { everyFrame, ours } = await measureCamera(bench)
    const crowds: Row[] = []
    for (const count of CROWDS) {
      bench.tell(`camera: ${count} of 360p, in one picture a second`)
      const { cpu, picturesPerSecond } = await measureCameras(bench, count)
      const what = `${count} cameras of 360p in one picture`
      crowds.push({
        what: `${what}: % of a core`,
        bare: '',
        ours: figure(cpu, 1),
        bar: '',
        isReached: undefined,
      })
      crowds.push({
        what: `${what}: pictures a second`,
        bare: '',
        ours: figure(picturesPerSecond, 2),
        bar: '<= 1',
        // A picture more may fall into the time that is looked at than into the seconds it is made of.
        isReached: picturesPerSecond <= 1 + 1_000 / LOOK_MS,
      })
    }
    return [
      row('a 720p camera: % of a core', everyFrame.cpu, ours.cpu, 1, '4', ours.cpu <= 4),
      row('a 720p camera: MB', everyFrame.rssMb, ours.rssMb, 0),
      row('a 720p camera: pictures a second', everyFrame.picturesPerSecond, ours.picturesPerSecond, 2),
      ...crowds,
    ]
  },
}

function row(what: string, bare: number, ours: number, digits: number, bar = '', isReached?: boolean): Row {
  return { what, bare: figure(bare, digits), ours: figure(ours, digits), bar, isReached }
}

async function look(bench: Bench, room: string, way: Way): Promise<CameraFigures> {
  await using child = await program(bench, room, way)
  let count = 0
  child.process.on('message', () => count++)
  await child.whileUp(pause(SETTLE_MS))
  const before = count
  const { cpu, rssMb } = await child.whileUp(load(child.pid, LOOK_MS))
  return { cpu, rssMb, picturesPerSecond: ((count - before) / LOOK_MS) * 1000 }
}

async function program(
  { livekit, basics }: Bench,
  room: string,
  role: Way | 'show' | 'show-small',
  people = 1,
): Promise<Child> {
  const tokens = Array.from({ length: people }, (_, i) => {
    const token = new AccessToken(livekit.apiKey, livekit.apiSecret, { identity: `${role}-${i}` })
    token.addGrant({ room, roomJoin: true })
    return token.toJwt()
  })
  return Child.start({
    command: process.execPath,
    args: [join(import.meta.dirname, 'camera-program.ts'), role, livekit.url, ...(await Promise.all(tokens))],
    env: { ...basics, NODE_ENV: 'production' },
    cwd: tmpdir(),
    upWhen: 'ready',
  })
}
