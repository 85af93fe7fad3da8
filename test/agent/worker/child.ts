import '../../../agent/worker/quiet.ts'

import { RoomError, StartError } from '../../../agent/errors.ts'
import { Log } from '../../../agent/log.ts'
import { runWorker } from '../../../agent/worker/program.ts'
import { silent } from './agents.ts'

/** A worker as a process of its own, with a conversation that says nothing. Arguments: URL, key, secret, agent name. */
const [url = '', apiKey = '', apiSecret = '', agentName = '', sweepMs = '10000'] = process.argv.slice(2)

try {
  const code = await runWorker({
    livekit: { url, apiKey, apiSecret, isLocal: false },
    agentName,
    healthPort: 0,
    converse: silent,
    version: 'test',
    log: new Log({ part: 'worker' }),
    sweepMs: Number(sweepMs),
  })
  process.exit(code)
} catch (thrown) {
  if (!(thrown instanceof RoomError || thrown instanceof StartError)) throw thrown
  process.stderr.write(`${thrown.message}\n`)
  process.exit(1)
}
