import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { basename } from 'node:path'
import { promisify } from 'node:util'

export type Protocol = 'tcp' | 'udp'

/** Who holds `port` on this machine, such as `node server.js (pid 4711)`; undefined where the system does not tell. */
export async function holderOf(port: number, protocol: Protocol): Promise<string | undefined> {
  try {
    return process.platform === 'linux' ? await byProc(port, protocol) : await byLsof(port, protocol)
  } catch {
    return undefined
  }
}

/** Field 3 of /proc/net/tcp for a listener. https://www.kernel.org/doc/Documentation/networking/proc_net_tcp.txt */
const LISTENING = '0A'

async function byProc(port: number, protocol: Protocol): Promise<string | undefined> {
  const tables = await Promise.all(
    [protocol, `${protocol}6`].map(name => readFile(`/proc/net/${name}`, 'utf8')),
  )
  const found = tables.flatMap(table => socketsOn(port, table))
  // Who listens is more to the point than who merely connects from there.
  const listening = found.filter(one => one.isListening)
  const sockets = new Set((listening.length > 0 ? listening : found).map(one => one.name))
  if (sockets.size === 0) return undefined
  for (const pid of await readdir('/proc')) {
    if (/^\d+$/.test(pid) && (await opens(pid, sockets))) return named(pid)
  }
  return undefined
}

/** The sockets in a table of the kernel that are bound to `port`, by the names that /proc/<pid>/fd has for them. */
function socketsOn(port: number, table: string): { name: string; isListening: boolean }[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return table.split('\n').flatMap(line => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    return local.endsWith(suffix) ? [{ name: `socket:[${inode}]`, isListening: state === LISTENING }] : []
  })
}

/** Whether a process has one of the sockets open; one that ended meanwhile or is somebody else's does not. */
async function opens(pid: string, sockets: Set<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`
  const files = await readdir(folder).catch(() => [])
  for (const file of files) {
    const target = await readlink(`${folder}/${file}`).catch(() => '')
    if (sockets.has(target)) return true
  }
  return false
}

/** The program, and the script it runs if it runs one; further arguments may be secret. */
async function named(pid: string): Promise<string> {
  const [program = '', script = ''] = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0')
  const isScript = /\.(m?[jt]s|c[jt]s|py|rb|pl|sh)$/.test(script)
  return `${basename(program)}${isScript ? ` ${script}` : ''} (pid ${pid})`
}

/** `-F pc` prints `p<pid>` and `c<command>` on lines of their own. */
async function byLsof(port: number, protocol: Protocol): Promise<string | undefined> {
  const which = protocol === 'tcp' ? [`-iTCP:${port}`, '-sTCP:LISTEN'] : [`-iUDP:${port}`]
  const { stdout } = await promisify(execFile)('lsof', ['-nP', ...which, '-Fpc'], { timeout: 3000 })
  const pid = /^p(\d+)$/m.exec(stdout)?.[1]
  const command = /^c(.+)$/m.exec(stdout)?.[1]
  return pid === undefined || command === undefined ? undefined : `${command} (pid ${pid})`
}
