import { enableCompileCache } from 'node:module'
import './worker/quiet.ts'

// From the second start on, Node takes everything below from its cache and need not load its type stripper for it: an
// idle worker is 13 MB smaller and up sooner. So the program is imported after this line, not before.
enableCompileCache()

const { command } = await import('./worker/command.ts')
// LiveKit's native threads would keep the process alive.
process.exit(await command())
