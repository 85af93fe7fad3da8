import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/**
 * Which tests hold which point of the checklist of what a faithful local Live API does: read from the titles of the tests, which
 * end with their points in brackets. `node test/agent/rehearsal/coverage.ts` writes the table to agent/rehearsal/coverage.md; a test
 * says that it is up to date.
 */
const points: readonly string[] = [
  'both path families, versions v1, v1beta, v1alpha, v1beta1, repeated slashes, a base path, an empty version',
  'keys by query or header, tokens by query or header, a bearer on Vertex AI',
  'a bad key: the upgrade succeeds, then 1007 with the words',
  'a token on the plain method or a key on the constrained one is refused',
  'TLS beside plain connections',
  'ephemeral tokens: uses, both expiries, masks',
  'permessage-deflate declined, pings answered, as late as asked',
  'binary frames, text by a switch',
  'no setup at first, a second setup, two union members: 1007',
  'reasons of at most 123 bytes',
  'snake and camel case, both base64 alphabets, 64-bit integers as string or number',
  'an unknown field: 1007 with its path',
  'an unknown model: 1008 with the API version',
  'the rules of each model',
  'transparent and explicitVadSignal refused on the Developer API, no sessionId there',
  'setupComplete at once, later, or never',
  'automatic voice activity on real sound, with its settings, at any rate',
  'speech during an answer: interrupted, turnComplete, nothing more of it',
  'NO_INTERRUPTION: a later turn',
  'manual activity',
  'audioStreamEnd ends the turn, or does not (3.8)',
  'clientContent complete starts and interrupts, incomplete adds',
  'realtime text starts a turn; pictures above one a second are reported',
  'content, generationComplete, turnComplete, the last when it can have been heard',
  'pacing: burst, times real time, real time; uneven chunks of 40 to 640 ms',
  'one field a message (2.5) or several (3.x), usage-only and empty messages',
  'interrupted after generationComplete, and astray',
  'late sound, an empty turn, RESPONSE_REJECTED, text alone, near silence',
  'transcripts where asked, in any order, in pieces or whole, never finished',
  'usageMetadata that grows, in the names of both services',
  'BLOCKING calls: silence until every id is answered',
  'NON_BLOCKING calls: SILENT, WHEN_IDLE, INTERRUPT, willContinue',
  'several calls at once; a call while speech is unheard',
  'speech during a call: cancellation with ids; late and unknown answers are ignored',
  'the extended-thinking flow with interactionStatus',
  'sessionResumptionUpdate: when asked, not while somebody speaks, not resumable while busy',
  'resumption keeps history; expired 1008, malformed 1007, beside a living socket 1011, another model refused',
  'goAway and the end after it; a sudden 1011 without',
  'caps of a session on a scaled clock; compression',
  'faults: cut, 1011, quota, 403, mute, broken JSON, above 1 MiB, poisoned handle, slow reading',
  'voiceActivity by its raw name',
  'a stray interrupted and turnComplete at activityStart; the next answer still comes',
  'a call twice, under a new id',
  'contextUpdate and historyConfig',
  'a local close releases everything',
]

/** Why no test of a point goes through an SDK; those of every other point do. */
const withoutSdk: Readonly<Record<number, string>> = {
  9: 'no SDK sends messages in a wrong order, or two in one',
}

/** The table as it stands in the docs. */
export function coverageTable(folder = import.meta.dirname): string {
  const proofs = [...testsIn(folder), ...claimsIn(join(folder, '../../clients/google_genai_client.py'))]
  const rows = points.map((point, i) => {
    const number = i + 1
    const own = proofs.filter(({ numbers }) => numbers.includes(number))
    const by = (['JavaScript', 'Python', 'socket'] as const).filter(way =>
      own.some(({ ways }) => ways.includes(way)),
    )
    const why = withoutSdk[number] === undefined ? '' : ` (${withoutSdk[number]})`
    const status = own.length > 0 ? 'held' : 'NOT HELD'
    const tests = own.map(({ file, title }) => `${file}: ${title}`).join('<br>')
    return `| ${number} | ${point} | ${status} | ${by.join(', ')}${why} | ${tests} |`
  })
  return `# What the rehearsal does as the real service does

Written by \`node test/agent/rehearsal/coverage.ts\` from the tests. \`npm test\` runs those through Google's SDK for JavaScript, and
through a bare socket what that SDK cannot express; \`npm run clients\` runs Python's SDK and other people's agents:
[clients.md](clients.md).

| | point | | driven by | tests |
|---|---|---|---|---|
${rows.join('\n')}
`
}

/** The points that no test names. */
export function pointsWithoutTest(folder = import.meta.dirname): number[] {
  return pointsWithout(testsIn(folder))
}

/** The points that are driven by a bare socket alone and say no reason, or say one that does not hold. */
export function pointsWithoutReason(folder = import.meta.dirname): number[] {
  const bySdk = testsIn(folder).filter(({ ways }) => ways.includes('JavaScript'))
  const lacking = new Set(pointsWithout(bySdk))
  return points
    .map((_, i) => i + 1)
    .filter(number => lacking.has(number) !== (withoutSdk[number] !== undefined))
}

function pointsWithout(proofs: readonly Proof[]): number[] {
  const named = new Set(proofs.flatMap(({ numbers }) => numbers))
  return points.map((_, i) => i + 1).filter(number => !named.has(number))
}

type Proof = { file: string; title: string; numbers: number[]; ways: ('JavaScript' | 'Python' | 'socket')[] }

const TITLE = /(['"`])((?:\\.|(?!\1).)*) \[(\d+(?:, \d+)*)\]\1/g

/** The tests whose titles end with points, and by what their bodies reach the server. One that is skipped proves nothing. */
function testsIn(folder: string): Proof[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.ts'))
    .sort()
    .flatMap(name => {
      const text = readFileSync(join(folder, name), 'utf8')
      return text.split(/^(?= *(?:it|describe)\b)/m).flatMap(block => {
        if (/^ *it\.(?:skip|todo|fails)\b/.test(block)) return []
        return [...block.matchAll(TITLE)].map(([, , title = '', numbers = '']) => ({
          file: relative('contract', name)
            .replace(/^\.\.\//, '')
            .replace(/\.test\.ts$/, ''),
          title: title
            .replace(/%[sijd]/g, '…')
            .replace(/\\(.)/g, '$1')
            .replaceAll('|', '\\|'),
          numbers: numbers.split(', ').map(Number),
          ways: waysOf(block),
        }))
      })
    })
}

function waysOf(body: string): Proof['ways'] {
  const isRaw = /\b(?:connectRaw|setUp|upgrade|WebSocket|first|pong)\(/.test(body)
  const isSdk = /\b(?:connect|connectBySample|enter|talk|speak|hear|ask|create)\(/.test(body)
  return [...(isSdk ? (['JavaScript'] as const) : []), ...(isRaw ? (['socket'] as const) : [])]
}

/** What the client in Python's SDK claims. */
function claimsIn(file: string): Proof[] {
  return [...readFileSync(file, 'utf8').matchAll(TITLE)].map(([, , title = '', numbers = '']) => ({
    file: 'google-genai',
    title,
    numbers: numbers.split(', ').map(Number),
    ways: ['Python'],
  }))
}

if (import.meta.main)
  writeFileSync(join(import.meta.dirname, '../../../agent/rehearsal/coverage.md'), coverageTable())
