import { spawn } from 'node:child_process'

/**
 * A program in the place of one of our parts. Arguments, in any order:
 * `say=LINE` prints a line; `moan=LINE` prints one as an error; `deaf` ignores SIGTERM; `orphan` ignores the end of its
 * channel too; `child` starts a deaf child of its own and prints `child PID`; `exit=CODE` ends once all is said.
 */
const wishes = process.argv.slice(2)
const has = (wish: string) => wishes.includes(wish)

process.on('SIGTERM', () => {
  if (!has('deaf')) process.exit(0)
})
if (process.send !== undefined && !has('orphan')) process.once('disconnect', () => process.exit(0))
setInterval(() => {}, 60_000)

if (has('child')) {
  const child = spawn(process.execPath, [import.meta.filename, 'deaf'], { stdio: 'ignore' })
  console.log(`child ${child.pid}`)
}
for (const wish of wishes) {
  const [what, ...rest] = wish.split('=')
  const value = rest.join('=')
  if (what === 'say') console.log(value)
  if (what === 'moan') console.error(value)
  if (what === 'exit') process.exit(Number(value))
}
