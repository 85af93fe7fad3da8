import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { expect, test } from 'vitest'
import { readConfig } from '../../agent/config.ts'

const example = readFileSync(join(import.meta.dirname, '..', '..', '.env.example'), 'utf8')
const named = [...example.matchAll(/^#([A-Z][A-Z0-9_]*)=/gm)].map(match => match[1]!)

/** Every variable that the configuration looks at, by letting it look. */
function read(env: Record<string, string>): Set<string> {
  const asked = new Set<string>()
  const watching = new Proxy(env, {
    get(target, name) {
      asked.add(String(name))
      return Reflect.get(target, name)
    },
  })
  readConfig(watching)
  return asked
}

/** What systems and npm set, and nobody writes into a file. */
const notForPeople = ['npm_lifecycle_event', 'LOCALAPPDATA']

test('.env.example sets nothing by itself', () => {
  expect(parse(example)).toEqual({})
})

test('.env.example names every setting there is, once, and no other', () => {
  const asked = new Set([
    ...read({}),
    ...read({ GOOGLE_GENAI_USE_VERTEXAI: 'true', GOOGLE_CLOUD_PROJECT: 'p' }),
  ])
  const settings = [...asked].filter(name => !notForPeople.includes(name))
  expect(named.toSorted()).toEqual(settings.toSorted())
})
