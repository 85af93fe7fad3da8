import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

/** An otherwise empty project that has the package as npm packs it, and what it depends on: no more, as for those who install it. */
export type Packed = Disposable & {
  folder: string
  /** The command. */
  command: string
  /** The packed files. */
  files: readonly string[]
}

/** Packs and lays out the package in a folder of its own; takes some ten seconds of a core. */
export function packed(): Packed {
  const folder = mkdtempSync(join(tmpdir(), 'packed-'))
  const said = execFileSync('npm', ['pack', '--json', '--silent', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, npm_config_update_notifier: 'false' },
  })
  const { filename, files } = tarballOf(JSON.parse(said.slice(said.search(/^[[{]/m))))
  const place = join(folder, 'node_modules', 'roundtable')
  mkdirSync(place, { recursive: true })
  execFileSync('tar', ['xzf', join(folder, filename), '--strip-components=1', '-C', place])
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'))
  for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), '@types/node']) {
    const link = join(folder, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), link)
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  cpSync(join(root, 'examples'), join(folder, 'examples'), { recursive: true })
  return {
    folder,
    command: join(place, 'dist', 'agent', 'roundtable.js'),
    files: files.map(({ path }) => path),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

type Tarball = { filename: string; files: { path: string }[] }

/** npm 11 answers with a list, npm 12 with an object by name. */
function tarballOf(answer: Tarball[] | Record<string, Tarball>): Tarball {
  const [tarball] = Object.values(answer)
  if (tarball === undefined) throw new Error('npm packed nothing')
  return tarball
}
