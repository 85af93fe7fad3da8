/**
 * Runs clients that nobody here wrote against the rehearsal server, and writes what became of them to agent/rehearsal/clients.md.
 * Heavy: it fetches their packages into the cache folder on the first run. `npm run clients [-- name ...]` runs those whose file
 * has such a name, and leaves the lines of the others as they are.
 */
import { execFile, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readConfig } from '../../agent/config.ts'
import { startRehearsal } from '../../agent/rehearsal/server.ts'

type Client = {
  name: string
  /** How its packages are called by their registry. */
  packages: readonly string[]
  language: 'python' | 'node'
  file: string
  models: readonly string[]
}

const current = ['gemini-3.8-live']
const families = [
  ...current,
  'gemini-3.1-flash-live-preview',
  'gemini-2.5-flash-native-audio-preview-12-2025',
]

const clients: readonly Client[] = [
  {
    name: '@google/genai 3 (JavaScript)',
    packages: ['@google/genai@3.1.0'],
    language: 'node',
    file: 'google-genai-client.mjs',
    models: current,
  },
  {
    name: '@google/genai 2 (JavaScript)',
    packages: ['@google/genai@2.32.0'],
    language: 'node',
    file: 'google-genai-client.mjs',
    models: current,
  },
  {
    name: 'google-genai (Python)',
    packages: ['google-genai'],
    language: 'python',
    file: 'google_genai_client.py',
    models: current,
  },
  {
    name: 'livekit-agents, Google plugin (Python)',
    packages: ['livekit-agents[google]'],
    language: 'python',
    file: 'livekit_agents_client.py',
    models: families,
  },
  {
    name: 'livekit-agents, Google plugin (JavaScript)',
    packages: ['@livekit/agents', '@livekit/agents-plugin-google', '@livekit/rtc-node'],
    language: 'node',
    file: 'livekit-agents-client.mjs',
    models: families,
  },
  {
    name: 'Pipecat, Gemini Live service (Python)',
    packages: ['pipecat-ai[google]'],
    language: 'python',
    file: 'pipecat_client.py',
    models: families,
  },
]

const here = import.meta.dirname
const cache = join(readConfig(process.env).start.cacheDir, 'clients')
const run = promisify(execFile)
const CLIENT_MS = 180_000

const asked = process.argv.slice(2)
const chosen = clients.filter(({ file }) => asked.length === 0 || asked.some(name => file.includes(name)))
await using rehearsal = await startRehearsal()
mkdirSync(cache, { recursive: true })
const authorityFile = join(cache, 'authority.pem')
writeFileSync(authorityFile, rehearsal.authority)

const docs = join(here, '../../agent/rehearsal/clients.md')
/** The table as it stands, so that clients which are not asked for keep their line. */
const rows = new Map<string, string>()
for (const row of readFileSync(docs, 'utf8').match(/^\| .*$/gm) ?? []) {
  const [, name = '', , model = ''] = row.split('|').map(cell => cell.trim())
  rows.set(`${name} ${model}`, row)
}
let failures = 0
for (const client of chosen) {
  const { program, folder, version } = await provide(client)
  for (const model of client.models) {
    process.stdout.write(`\n${client.name} ${version}, ${model}\n`)
    const { lines, hasPassed } = await drive(client, program, folder, model)
    if (!hasPassed) failures++
    const claims = lines.map(line => line.replace(/^ok\s+/, '')).join('; ')
    const held = hasPassed ? 'yes' : 'NO'
    rows.set(`${client.name} ${model}`, `| ${client.name} | ${version} | ${model} | ${held} | ${claims} |`)
  }
}
const order = clients.flatMap(({ name, models }) => models.map(model => rows.get(`${name} ${model}`) ?? ''))
writeFileSync(docs, page(order.filter(row => row !== '')))
process.exitCode = failures === 0 ? 0 : 1

/** The packages of a client in a folder of their own, fetched unless they are there. */
async function provide({ packages, language }: Client) {
  const folder = join(cache, packages[0]!.replace(/\W+/g, '-'))
  const isThere = existsSync(join(folder, 'done'))
  if (!isThere) console.log(`fetching ${packages.join(', ')} ...`)
  if (language === 'node') {
    mkdirSync(folder, { recursive: true })
    if (!isThere) {
      writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
      await run('npm', ['install', '--no-audit', '--no-fund', ...packages], { cwd: folder })
    }
  } else if (!isThere) {
    await run('python3', ['-m', 'venv', folder])
    await run(join(folder, 'bin/pip'), ['install', '--quiet', ...packages], { maxBuffer: 2 ** 26 })
  }
  writeFileSync(join(folder, 'done'), '')
  const program = language === 'node' ? process.execPath : join(folder, 'bin/python')
  return { program, folder, version: await versionOf(packages[0]!, language, folder) }
}

async function versionOf(name: string, language: Client['language'], folder: string): Promise<string> {
  if (language === 'node') {
    const file = join(folder, 'node_modules', name.replace(/(?<=.)@.*/, ''), 'package.json')
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
  }
  const { stdout } = await run(join(folder, 'bin/pip'), ['show', name.replace(/\[.*/, '')])
  return /^Version: (.*)$/m.exec(stdout)?.[1] ?? ''
}

async function drive({ language, file }: Client, program: string, folder: string, model: string) {
  // A module finds its packages beside itself.
  if (language === 'node') cpSync(join(here, file), join(folder, file))
  const child = spawn(program, [join(language === 'node' ? folder : here, file)], {
    cwd: folder,
    timeout: CLIENT_MS,
    env: {
      ...process.env,
      GOOGLE_GEMINI_BASE_URL: language === 'node' ? rehearsal.url : rehearsal.secureUrl,
      GEMINI_API_KEY: 'rehearsal',
      SSL_CERT_FILE: authorityFile,
      MODEL: model,
      DOCS: join(here, '../../agent/rehearsal/README.md'),
    },
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', data => {
    output += data
  })
  child.stderr.on('data', data => {
    errors += data
  })
  const code = await new Promise<number | null>(resolve => child.once('close', resolve))
  const lines = output.split('\n').filter(line => /^(ok|FAILED) /.test(line))
  console.log(lines.join('\n'))
  const hasPassed = code === 0 && lines.length > 0 && lines.every(line => line.startsWith('ok'))
  if (!hasPassed) console.log(`ended with ${code}\n${errors.slice(-2_000)}`)
  return { lines, hasPassed }
}

function page(rows: readonly string[]): string {
  return `# Clients that nobody here wrote, against the rehearsal

Written by \`npm run clients\`, which fetches each client's packages, starts a rehearsal and lets the client connect, speak,
be answered and interrupt. Numbers in brackets are points of the checklist.

| client | version | model | all held | what held |
|---|---|---|---|---|
${rows.join('\n')}
`
}
