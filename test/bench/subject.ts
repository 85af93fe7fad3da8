import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WORKER_NODE_FLAGS } from '../../agent/worker/node-flags.ts'
import type { Bench } from './bench.ts'
import { Child } from './child.ts'
import { StandIn } from './stand-in.ts'

/** Who is measured; `peer` is livekit-agents for JavaScript. */
export type Kind = 'bare' | 'ours' | 'peer'

/** Workers are dispatched by name, so that they stay out of the rooms of the bare bridge. */
export const AGENT_NAME = 'bench'

const root = join(import.meta.dirname, '..', '..')

/** A program under measure, in a process of its own, and the stand-in that only it talks to. */
export class Subject implements AsyncDisposable {
  readonly kind: Kind
  readonly child: Child
  readonly standIn: StandIn

  private constructor(kind: Kind, child: Child, standIn: StandIn) {
    this.kind = kind
    this.child = child
    this.standIn = standIn
  }

  /** Resolves when it waits for rooms. @throws Error with what it said when it does not come up. */
  static async start(
    kind: Kind,
    { livekit, basics }: Bench,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Subject> {
    const standIn = await StandIn.start()
    // Not in the repository: a developer's own .env must not change what is measured.
    const program = { command: process.execPath, cwd: tmpdir() }
    const bare = {
      args: [join(root, 'test/bench/bare-bridge.ts')],
      env: { ...basics, STAND_IN: standIn.url },
      upWhen: 'ready',
    }
    const ours = {
      args: [...WORKER_NODE_FLAGS, join(root, 'agent/main.ts')],
      env: {
        ...basics,
        LIVEKIT_URL: livekit.url,
        LIVEKIT_API_KEY: livekit.apiKey,
        LIVEKIT_API_SECRET: livekit.apiSecret,
        GEMINI_API_KEY: 'test',
        GOOGLE_GEMINI_BASE_URL: standIn.url,
        AGENT_NAME,
        HEALTH_PORT: '0',
        LOG_LEVEL: 'warn',
        ...more,
      },
      upWhen: 'registered',
    }
    const peer = {
      args: [join(root, 'test/bench/peers/livekit-agents.mjs')],
      env: {
        ...basics,
        NODE_ENV: 'production',
        LIVEKIT_URL: livekit.url,
        LIVEKIT_API_KEY: livekit.apiKey,
        LIVEKIT_API_SECRET: livekit.apiSecret,
        STAND_IN: standIn.url,
        AGENT_NAME,
      },
      upWhen: 'registered',
    }
    try {
      const child = await Child.start({ ...program, ...{ bare, ours, peer }[kind] })
      return new Subject(kind, child, standIn)
    } catch (thrown) {
      await standIn.close()
      throw thrown
    }
  }

  get pid(): number {
    return this.child.pid
  }

  async close(): Promise<void> {
    await this.child.close()
    await this.standIn.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
