import { spawn } from 'node:child_process'

/**
 * Runs the program given as arguments and ends it when the process that started us does. Our own parts notice that
 * by themselves; LiveKit's server cannot, and would go on holding its ports after an `npm start` that was killed.
 */
const [program, ...args] = process.argv.slice(2)
if (program === undefined || process.send === undefined) {
  console.error('Started by `npm start`, not by hand: leash.ts <program> [argument ...]')
  process.exit(2)
}

const held = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
held.once('error', error => {
  console.error(`${program}: ${error.message}`)
  process.exit(1)
})
process.send({ held: held.pid })
held.once('exit', code => process.exit(code ?? 1))

/** LiveKit takes the first SIGTERM as a wish and waits for everybody to leave the rooms; the second it obeys. */
function end(): void {
  held.kill('SIGTERM')
  setTimeout(() => held.kill('SIGTERM'), 300)
  setTimeout(() => held.kill('SIGKILL'), 2500)
}

process.once('SIGTERM', end)
process.once('SIGINT', end)
process.once('disconnect', end)
