// A worker of livekit-agents for JavaScript as its guide writes one: its session, its Google plugin, every setting as it comes, but
// the address of the stand-in. Prints `registered` when it waits for rooms.
import { fileURLToPath } from 'node:url'
import { AgentServer, defineAgent, initializeLogger, ServerOptions, voice } from '@livekit/agents'
import * as google from '@livekit/agents-plugin-google'

export default defineAgent({
  async entry(job) {
    const session = new voice.AgentSession({
      llm: new google.realtime.RealtimeModel({
        model: 'gemini-3.8-live',
        apiKey: 'bench',
        httpOptions: { baseUrl: process.env.STAND_IN },
      }),
    })
    session.on('close', ({ reason }) => console.error(`its session closed: ${reason}`))
    await job.connect()
    await session.start({ agent: new voice.Agent({ instructions: 'You are in a room.' }), room: job.room })
  },
})

// Its job processes import this file too.
const file = fileURLToPath(import.meta.url)
if (process.argv[1] === file) {
  initializeLogger({ pretty: false, level: 'warn' })
  const server = new AgentServer(
    new ServerOptions({
      agent: file,
      wsURL: process.env.LIVEKIT_URL,
      apiKey: process.env.LIVEKIT_API_KEY,
      apiSecret: process.env.LIVEKIT_API_SECRET,
      agentName: process.env.AGENT_NAME,
      port: 0,
      production: true,
      numIdleProcesses: 1,
      logLevel: 'warn',
      // It would refuse rooms on a machine that others use too.
      loadFunc: async () => 0,
    }),
  )
  server.event.once('worker_registered', () => console.log('registered'))
  process.once('SIGTERM', () => void server.close().finally(() => process.exit()))
  await server.run()
}
