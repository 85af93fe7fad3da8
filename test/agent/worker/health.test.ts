import { describe, expect, it } from 'vitest'
import { RoomError, StartError } from '../../../agent/errors.ts'
import { startHealth } from '../../../agent/worker/health.ts'
import type { Phase } from '../../../agent/worker/phase.ts'
import { figures, fitness } from '../../../agent/worker/vitals.ts'

const vitals = {
  ailment: undefined,
  isDraining: false,
  rooms: 2,
  coming: 1,
  load: 0.25,
  isFull: false,
  openFiles: 90,
  usage: [{ room: 'kitchen', turns: 2, inputTokens: 900, outputTokens: 50, usd: 0.003_31 }],
  counts: [],
}
const registered: Phase = {
  at: 'registered',
  attempt: 1,
  since: 0,
  as: { worker: 'AW_1', server: '1.13.5', node: 'ND_1' },
}

describe('health', () => {
  it('is 200 while registered, and 503 with the reason while not', async () => {
    let phase: Phase = registered
    await using health = await startHealth(0, {
      fitness: () => fitness({ ...vitals, phase }),
      metrics: () => [],
    })
    const ask = () => fetch(`http://127.0.0.1:${health.port}/healthz`)
    const well = await ask()
    expect(well.status).toBe(200)
    expect(await well.json()).toMatchObject({
      isFit: true,
      worker: 'AW_1',
      rooms: 2,
      usage: [{ room: 'kitchen', inputTokens: 900, usd: 0.0033 }],
    })
    phase = {
      at: 'waiting',
      attempt: 1,
      hasServed: true,
      for: 300,
      why: new RoomError('unreachable', 'nothing answers'),
    }
    const ill = await ask()
    expect(ill.status).toBe(503)
    expect(await ill.json()).toMatchObject({ isFit: false, because: 'nothing answers' })
  })

  it('is 503 while draining, so that nothing relies on this worker any more', () => {
    expect(fitness({ ...vitals, phase: registered, isDraining: true }).isFit).toBe(false)
  })

  it('is 503 where something is wrong with the process, registered or not', () => {
    const ill = fitness({ ...vitals, phase: registered, ailment: 'Errors keep coming' })
    expect(ill).toMatchObject({ isFit: false, because: 'Errors keep coming' })
  })

  it("tells figures in Prometheus' words, those of the conversations among them", async () => {
    const counts = [['interruptions', 7]] as const
    await using health = await startHealth(0, {
      fitness: () => ({ isFit: true }),
      metrics: () => figures({ ...vitals, phase: registered, counts }, 12),
    })
    const text = await (await fetch(`http://127.0.0.1:${health.port}/metrics`)).text()
    const lines = text.split('\n')
    expect(lines).toContain('roundtable_worker_registered 1')
    expect(lines).toContain('roundtable_worker_rooms 2')
    expect(lines).toContain('roundtable_event_loop_lag_p99_seconds 0.012')
    expect(lines).toContain('# TYPE roundtable_interruptions_total counter')
    expect(lines).toContain('roundtable_interruptions_total 7')
    expect(text).toMatch(/^roundtable_process_resident_memory_bytes \d+$/m)
    for (const line of lines) expect(line).toMatch(/^(|# (HELP|TYPE) .*|[a-z_0-9]+ [\d.e+-]+)$/)
  })

  it('names HEALTH_PORT where the port is held', async () => {
    const about = { fitness: () => ({ isFit: true }) as const, metrics: () => [] }
    await using first = await startHealth(0, about)
    const second = startHealth(first.port, about)
    await expect(second).rejects.toThrow(StartError)
    await expect(second).rejects.toThrow(/^HEALTH_PORT: /)
  })
})
