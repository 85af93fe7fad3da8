import { enableCompileCache } from 'node:module'

// From the second start on, Node takes everything below from its cache and need not load its type stripper for it: the
// program is smaller and up sooner. So it is imported after this line, not before.
enableCompileCache()

const { command } = await import('./command.ts')
process.exit(await command())
