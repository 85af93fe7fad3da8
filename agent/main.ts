import { enableCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import './worker/quiet.ts'

// WebAssembly is compiled once, quickly, and not again for speed: of what a worker runs, that would be one large function of the
// parser in Node's own fetch, and the memory it takes, 16 MB, is never given back.
setFlagsFromString('--liftoff-only')

// From the second start on, Node takes everything below from its cache and need not load its type stripper for it: an
// idle worker is 13 MB smaller and up sooner. So the program is imported after this line, not before.
enableCompileCache()

const { command } = await import('./worker/command.ts')
// LiveKit's native threads would keep the process alive.
process.exit(await command())
