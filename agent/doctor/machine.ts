import { networkInterfaces } from 'node:os'
import { isBundleStale } from '../start/bundle.ts'
import { type Finding, ill, well } from './finding.ts'

/** LiveKit's client takes about this many for a room (measured). */
const FILES_A_ROOM = 30
/** Less would end at some dozen rooms. */
const FEW_FILES = 1024

/** Node, the network, open files, the page: what does not depend on settings. `root` is the repository. */
export async function examineMachine(root: string): Promise<Finding[]> {
  return [node(process.versions.node), network(networkInterfaces()), files(openFiles()), await page(root)]
}

/** Node runs TypeScript as it is since 22.18. https://nodejs.org/api/typescript.html */
export function node(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isNew = major > 22 || (major === 22 && minor >= 18)
  return isNew
    ? well('node', version)
    : ill('node', `is ${version}; 22.18 or later is needed: npm ci brings it`)
}

/** WebRTC finds no way to media over loopback alone, in browsers and in LiveKit's SDK. */
export function network(interfaces: NodeJS.Dict<{ internal: boolean }[]>): Finding {
  const isConnected = Object.values(interfaces).some(addresses => addresses?.some(one => !one.internal))
  return isConnected
    ? well('network', 'connected')
    : ill('network', 'there is none but loopback, over which no sound goes; connect to any network')
}

/** `limit` is how many files and sockets this process may have open; undefined where the system has no such limit. */
export function files(limit: number | undefined): Finding {
  if (limit === undefined) return well('open files', 'no limit')
  const rooms = Math.floor(limit / FILES_A_ROOM)
  return limit < FEW_FILES
    ? ill('open files', `${limit} are enough for ${rooms} rooms only; raise the limit: ulimit -n 4096`)
    : well('open files', `${limit}, enough for ${rooms} rooms`)
}

function openFiles(): number | undefined {
  const report = process.report?.getReport() as
    | { userLimits?: { open_files?: { soft: number | string } } }
    | undefined
  const soft = Number(report?.userLimits?.open_files?.soft)
  return Number.isFinite(soft) ? soft : undefined
}

async function page(root: string): Promise<Finding> {
  const isStale = await isBundleStale(root)
  return well('page', isStale ? 'not built, or older than its sources: npm start builds it' : 'built')
}
