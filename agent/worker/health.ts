import { createServer } from 'node:http'
import { StartError } from '../errors.ts'
import type { Tunable } from '../job.ts'
import { answerControl, roomIn } from './control.ts'
import { type Metric, prometheusText } from './metrics.ts'

export type Health = AsyncDisposable & { readonly port: number; close(): Promise<void> }

/** Fit for work, or why not, in one sentence. */
export type Fitness = { isFit: true } | { isFit: false; because: string }

/**
 * Serves `/healthz` (200 when fit, else 503, with JSON), `/metrics` (Prometheus) and `/rooms/NAME/settings` on loopback.
 * @param port 0 is any free one.
 * @throws StartError naming HEALTH_PORT where the port cannot be had.
 */
export async function startHealth(
  port: number,
  about: {
    fitness(): Fitness & Record<string, unknown>
    metrics(): Metric[]
    settingsOf?(room: string): Tunable | undefined
  },
): Promise<Health> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? ''
    const room = roomIn(path)
    if (path === '/healthz') {
      const fitness = about.fitness()
      response.writeHead(fitness.isFit ? 200 : 503, { 'content-type': 'application/json' })
      response.end(`${JSON.stringify(fitness)}\n`)
    } else if (path === '/metrics') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' })
      response.end(prometheusText(about.metrics()))
    } else if (room !== undefined) {
      const settingsOf = (name: string) => about.settingsOf?.(name)
      answerControl(request, response, room, settingsOf).catch(() => response.destroy())
    } else response.writeHead(404).end('Here are /healthz, /metrics and /rooms/NAME/settings\n')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', thrown => reject(held(port, thrown)))
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  let closing: Promise<void> | undefined
  const close = () =>
    (closing ??= new Promise<void>(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    }))
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function held(port: number, thrown: NodeJS.ErrnoException): StartError {
  const words =
    thrown.code === 'EADDRINUSE'
      ? `HEALTH_PORT: another program, perhaps another worker, listens on 127.0.0.1:${port}; set HEALTH_PORT to another port, or to 0 for any free one`
      : `HEALTH_PORT: cannot listen on 127.0.0.1:${port} (${thrown.code ?? thrown.message})`
  return new StartError(words, { cause: thrown })
}
