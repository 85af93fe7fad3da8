/**
 * Prints what the rehearsal server costs and how soon it answers: `node test/agent/rehearsal/bench.ts [sessions] [seconds]`. The
 * server runs in a process of its own, on the first core where `taskset` is there to pin it.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'
import { blob, silence, tone } from './client.ts'

const CHUNK_MS = 20
const SPEECH_MS = 2_000
const PERIOD_MS = 8_000
const SILENCE_MS = 500

const [count = 50, seconds = 24] = process.argv.slice(2).map(Number)

type Figures = { setupMs: number[]; answerMs: number[]; spareMs: number[]; turns: number }

const server = spawn('taskset', ['-c', '0', process.execPath, 'agent/rehearsal/main.ts'], {
  env: { ...process.env, REHEARSAL_PORT: '0', LOG_LEVEL: 'error' },
  stdio: ['ignore', 'pipe', 'inherit'],
})
const url = await new Promise<string>(resolve => {
  createInterface(server.stdout!).on('line', line => {
    const found = /GOOGLE_GEMINI_BASE_URL=(http:\S+)/.exec(line)?.[1]
    if (found !== undefined) resolve(found)
  })
})
await new Promise(resolve => setTimeout(resolve, 500))

const sound = [tone(SPEECH_MS), silence(PERIOD_MS - SPEECH_MS)]
const chunks = sound.flatMap(pcm =>
  Array.from({ length: pcm.length / 320 }, (_, i) =>
    JSON.stringify({ realtimeInput: { audio: blob(pcm.subarray(i * 320, (i + 1) * 320)) } }),
  ),
)
const figures: Figures = { setupMs: [], answerMs: [], spareMs: [], turns: 0 }
// Everybody's first answer needs sounds that nobody has asked for yet: those are made before it counts.
await talk(1, PERIOD_MS, { setupMs: [], answerMs: [], spareMs: [], turns: 0 })
const before = usage()
const at = performance.now()
await talk(count, seconds * 1_000, figures)
const after = usage()
const wall = performance.now() - at
const storm = await rush(10_000)
server.kill()
await once(server, 'exit')

const share = (100 * (after.cpuMs - before.cpuMs)) / wall
console.log(
  `${count} sessions that talk in turns of ${PERIOD_MS / 1_000} s, ${seconds} s, ${figures.turns} answers`,
)
console.log(`setup to setupComplete          ${say(figures.setupMs)}`)
console.log(
  `speech end to first chunk       ${say(figures.answerMs)}, of which ${SILENCE_MS} are the silence`,
)
console.log(
  `chunks that came too late       ${figures.spareMs.filter(ms => ms < 0).length} of ${figures.spareMs.length}; least to spare ${Math.min(...figures.spareMs).toFixed(0)} ms`,
)
console.log(
  `CPU                             ${share.toFixed(1)} % of a core, ${(share / count).toFixed(2)} % a session`,
)
console.log(
  `memory                          ${after.megabytes.toFixed(0)} MB, ${((after.megabytes - before.megabytes) / count).toFixed(1)} MB a session more`,
)
console.log(
  `10,000 connections tried       ${storm.taken} taken, ${storm.refused} refused, ${storm.failed} failed; a session after them ${storm.setupMs.toFixed(0)} ms`,
)

/** Lets `sessions` clients talk for `ms`, each beginning somewhere else in the period. */
async function talk(sessions: number, ms: number, into: Figures): Promise<void> {
  const clients = await Promise.all(Array.from({ length: sessions }, (_, i) => join(into, i)))
  const start = performance.now()
  let sent = 0
  while (performance.now() - start < ms) {
    for (const client of clients) client(sent)
    sent++
    const wait = start + sent * CHUNK_MS - performance.now()
    if (wait > 0) await new Promise(resolve => setTimeout(resolve, wait))
  }
  for (const client of clients) client(-1)
}

/** Tries `tries` connections, hundreds at a time and all kept open, then one session more. */
async function rush(tries: number) {
  const target = `${url.replace('http', 'ws')}/ws/google.ai.generativelanguage.v1.GenerativeService.BidiGenerateContent?key=k`
  const outcome = { taken: 0, refused: 0, failed: 0, setupMs: 0 }
  const kept: WebSocket[] = []
  for (let done = 0; done < tries; done += 200) {
    await Promise.all(
      Array.from({ length: 200 }, async () => {
        const ws = new WebSocket(target)
        const came = await new Promise<string>(resolve => {
          ws.once('open', () => resolve('open'))
          ws.once('error', error => resolve(error.message))
        })
        if (came === 'open') kept.push(ws)
        if (came === 'open') outcome.taken++
        else if (came.includes('429')) outcome.refused++
        else outcome.failed++
      }),
    )
  }
  for (const ws of kept) ws.terminate()
  await new Promise(resolve => setTimeout(resolve, 300))
  const after: Figures = { setupMs: [], answerMs: [], spareMs: [], turns: 0 }
  ;(await join(after, 0))(-1)
  return { ...outcome, setupMs: after.setupMs[0]! }
}

/** One client: returns what sends its chunk of the moment, and closes at -1. */
async function join(into: Figures, index: number): Promise<(step: number) => void> {
  const ws = new WebSocket(
    `${url.replace('http', 'ws')}/ws/google.ai.generativelanguage.v1.GenerativeService.BidiGenerateContent?key=k`,
  )
  await once(ws, 'open')
  let spokeAt: number | undefined
  let playedUntil: number | undefined
  const asked = performance.now()
  let setUp: (() => void) | undefined
  ws.on('message', (data: Buffer) => {
    const now = performance.now()
    const text = data.toString()
    if (text.startsWith('{"setupComplete"')) {
      into.setupMs.push(now - asked)
      setUp?.()
    }
    const encoded = /"data":"([^"]*)"/.exec(text)?.[1]
    if (encoded !== undefined) {
      if (spokeAt !== undefined) into.answerMs.push(now - spokeAt)
      if (playedUntil !== undefined) into.spareMs.push(playedUntil - now)
      playedUntil = Math.max(playedUntil ?? now, now) + Buffer.byteLength(encoded, 'base64') / 48
      spokeAt = undefined
    }
    if (text.includes('"turnComplete"')) {
      into.turns++
      playedUntil = undefined
    }
  })
  const complete = new Promise<void>(resolve => (setUp = resolve))
  ws.send(JSON.stringify({ setup: { model: 'models/gemini-3.8-live' } }))
  await complete
  const offset = Math.round((index / count) * chunks.length)
  return step => {
    if (step < 0) return ws.terminate()
    const place = (step + offset) % chunks.length
    ws.send(chunks[place]!)
    if (place === SPEECH_MS / CHUNK_MS - 1) spokeAt = performance.now()
  }
}

function usage(): { cpuMs: number; megabytes: number } {
  const fields = readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8')
  // User and system time in hundredths of a second.
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * 10,
    megabytes: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024,
  }
}

function say(values: number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(1)
  return `p50 ${at(0.5)}, p95 ${at(0.95)}, most ${at(1)} ms`
}
