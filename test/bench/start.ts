import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Measure } from './bench.ts'
import { Child } from './child.ts'
import { figure } from './report.ts'

/** `npm start` with a LiveKit server that is already there and no key, so that the rehearsal is started too. */
export const start: Measure = {
  name: 'start',
  async run({ livekit, basics, kinds, tell }) {
    const what = '`npm start` to `ready`, s'
    if (!kinds.includes('ours')) return []
    tell('start: npm start')
    const cache = await mkdtemp(join(tmpdir(), 'bench-'))
    const began = performance.now()
    try {
      await using _ = await Child.start({
        command: 'npm',
        args: ['start'],
        cwd: join(import.meta.dirname, '..', '..'),
        env: {
          ...basics,
          XDG_CACHE_HOME: cache,
          LIVEKIT_URL: livekit.url,
          LIVEKIT_API_KEY: livekit.apiKey,
          LIVEKIT_API_SECRET: livekit.apiSecret,
          // Set to nothing, they also win over a .env file.
          GEMINI_API_KEY: '',
          GOOGLE_API_KEY: '',
          GOOGLE_GEMINI_BASE_URL: '',
          GOOGLE_GENAI_USE_VERTEXAI: '',
          PORT: '0',
          HEALTH_PORT: '0',
          REHEARSAL_PORT: '0',
        },
        upWhen: 'ready',
      })
      const seconds = (performance.now() - began) / 1000
      return [{ what, bare: '', ours: figure(seconds, 1), bar: '10', isReached: seconds < 10 }]
    } finally {
      await rm(cache, { recursive: true, force: true })
    }
  },
}
