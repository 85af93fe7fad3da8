import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'

/*
 * Builds `dist`, which is what the package holds: below node_modules Node runs no TypeScript. The tree is the
 * repository's own, so that whatever finds a neighbour by its path finds it there too.
 */
const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

rmSync(dist, { recursive: true, force: true })
run('typescript', 'bin/tsc', ['-p', join(root, 'package')])
run('vite', 'bin/vite.js', [
  'build',
  '--config',
  join(root, 'web', 'vite.config.ts'),
  '--outDir',
  join(dist, 'web', 'dist'),
])
for (const folder of ['agent', 'web/server'])
  for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }))
    if (!['', '.ts', '.md'].includes(extname(name))) copy(join(folder, name))
copy('livekit.yaml')

function copy(path: string): void {
  cpSync(join(root, path), join(dist, path))
}

function run(name: string, program: string, args: string[]): void {
  const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
  execFileSync(process.execPath, [join(folder, program), ...args], { cwd: root, stdio: ['ignore', 2, 2] })
}
