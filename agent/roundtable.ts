#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

/*
 * The command `roundtable` of the package: each subcommand is the program that `npm run` starts in the repository. A
 * program reads its own arguments, so its name is taken out of them first.
 */
enableCompileCache()

const programs: Record<string, { does: string; run: () => Promise<unknown> }> = {
  start: {
    does: 'everything on this machine: LiveKit, worker, page, and a rehearsal where there is no key',
    run: () => import('./start/main.ts'),
  },
  worker: { does: 'the worker alone: takes rooms from LiveKit', run: () => import('./main.ts') },
  web: { does: 'page and token endpoint alone', run: () => import('../web/server/main.ts') },
  rehearsal: { does: 'the stand-in for the Live API alone', run: () => import('./rehearsal/main.ts') },
  ask: { does: 'questions without a room (--help tells more)', run: () => import('./ask/main.ts') },
  talk: {
    does: "by this machine's microphone and speaker, without a room (--help tells more)",
    run: () => import('./talk/main.ts'),
  },
  doctor: { does: 'checks every setting and server, a line each', run: () => import('./doctor/main.ts') },
}

const usage = `Usage: roundtable COMMAND

${Object.entries(programs)
  .map(([name, { does }]) => `  ${name.padEnd(10)} ${does}`)
  .join('\n')}

Settings are variables, in the environment, in .env.local or in .env: \`roundtable doctor\` checks them.
`

const [name = '', ...rest] = process.argv.slice(2)
const program = Object.hasOwn(programs, name) ? programs[name] : undefined
const takesNone = name !== 'ask' && name !== 'talk'
if (program === undefined || (takesNone && rest.length > 0)) {
  const wantsHelp = ['help', '--help', '-h'].includes(name) || rest.includes('--help') || rest.includes('-h')
  if (wantsHelp) process.stdout.write(usage)
  else {
    const wrong = program === undefined ? `There is no command "${name}".` : `${name} takes no arguments.`
    process.stderr.write(name === '' ? usage : `${wrong}\n\n${usage}`)
    process.exitCode = 2
  }
} else {
  process.argv.splice(2, 1)
  await program.run()
}
