import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')

type Source = { path: string; text: string; imports: string[] }

/** Every TypeScript file of the product below `folder`, with what it imports: packages by name, files by path from the root. */
function sources(folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(
      name => name.endsWith('.ts') && !name.includes('node_modules') && !name.split(sep).includes('dist'),
    )
    .map(name => {
      const path = join(folder, name).split(sep).join('/')
      const text = readFileSync(join(root, path), 'utf8')
      const named = [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(match => match[1]!)
      const imports = named.map(name =>
        name.startsWith('.') ? relative(root, join(root, dirname(path), name)) : name,
      )
      return { path, text, imports }
    })
}

const product = [...sources('agent'), ...sources('web')]

/** Files whose imports match `what` and that stand in none of `places`. */
function strays(what: RegExp, places: RegExp): string[] {
  return product
    .filter(({ path, imports }) => imports.some(name => what.test(name)) && !places.test(path))
    .map(({ path }) => path)
}

/** What is loaded together with a file: what it and these import themselves, but for types and what is imported later. */
function loadedWith(path: string, loaded = new Set<string>()): Set<string> {
  if (loaded.has(path)) return loaded
  loaded.add(path)
  const text = product.find(source => source.path === path)?.text ?? ''
  for (const [, name = ''] of text.matchAll(/^(?:import|export)(?! type)\s(?:[^;']*? from )?'([^']+)'$/gm))
    loadedWith(name.startsWith('.') ? relative(root, join(root, dirname(path), name)) : name, loaded)
  return loaded
}

describe('who may import whom', () => {
  it('LiveKit is known to the room, the worker, the page and those who start and check it', () => {
    expect(strays(/^(@livekit\/|livekit-)/, /^(agent\/(room|worker|start|doctor)|web)\//)).toEqual([])
  })

  it('Gemini is known to agent/live alone', () => {
    expect(strays(/^@google\/genai/, /^agent\/live\//)).toEqual([])
  })

  it('the web server has the key turned into tokens by agent/live, and knows nothing else of it', () => {
    const known = product
      .filter(({ path }) => path.startsWith('web/server/'))
      .flatMap(({ imports }) => imports.filter(name => name.startsWith('agent/live/')))
    expect([...new Set(known)]).toEqual(['agent/live/token.ts'])
  })

  it('sound, pictures and words know neither', () => {
    expect(product.filter(({ path }) => /^agent\/(audio|video|text)\//.test(path)).length).toBeGreaterThan(10)
    expect(strays(/^(@livekit\/|livekit-|@google\/)/, /^agent\/(?!audio|video|text)|^web\//)).toEqual([])
  })

  it('the conversation alone knows both the room and the model', () => {
    const both = product.filter(
      ({ imports }) =>
        imports.some(name => name.startsWith('agent/room/')) &&
        imports.some(name => name.startsWith('agent/live/supervisor')),
    )
    expect(both.map(({ path }) => path)).toEqual(['agent/conversation.ts'])
  })

  it('a worker that waits for rooms has loaded nothing of what a conversation is made of', () => {
    const large = loadedWith('agent/worker/command.ts')
    expect(large).toContain('agent/worker/worker.ts')
    expect(large).toContain('livekit-server-sdk')
    expect(loadedWith('agent/stay.ts')).toContain('@google/genai')
    expect(
      [...large].filter(name => /^(agent\/conversation\.ts|@google\/|zod|@livekit\/rtc|sharp)/.test(name)),
    ).toEqual([])
  })

  it('the rehearsal takes from the agent only the table of models and the common ground', () => {
    const common = /^agent\/(rehearsal\/|live\/models|units|log|errors|config|clock|settings)/
    const rehearsal = product.filter(({ path }) => path.startsWith('agent/rehearsal/'))
    expect(rehearsal.length).toBeGreaterThan(5)
    const others = rehearsal.flatMap(({ imports }) =>
      imports.filter(name => name.startsWith('agent/') && !common.test(name)),
    )
    expect(others).toEqual([])
  })

  it('the page in the browser takes nothing from the server or the agent', () => {
    const page = product.filter(({ path }) => path.startsWith('web/page/'))
    expect(
      page.flatMap(({ imports }) => imports.filter(name => /^(agent|web\/server)\//.test(name))),
    ).toEqual([])
  })
})

describe('the environment', () => {
  // agent/worker/quiet.ts only writes to it: LiveKit's SDK can be made quiet in no other way.
  it('is read by the programs, which hand it to the one parser', () => {
    const readers = product.filter(({ text }) => /process\.env/.test(text)).map(({ path }) => path)
    expect(
      readers.filter(
        path => !/\/(main|command)\.ts$|^agent\/(config|worker\/quiet|start\/\w[\w-]*)\.ts$/.test(path),
      ),
    ).toEqual([])
  })
})
