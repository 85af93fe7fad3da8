import type { Ms } from '../../units.ts'
import type { Picture } from '../hearing/picture.ts'
import type { Answer, Item, Prompt, Scene } from '../turns/script.ts'
import { aboutItself } from './about.ts'
import { echoOf } from './echo.ts'
import { callAsked, sayResults } from './tools.ts'
import { seconds } from './words.ts'

/** What every first answer begins with. Synthesised when the session is set up, so that nobody waits for it. */
export const OPENING = 'This is a rehearsal.'
/** What later answers begin with: shorter, because people wait for the rest. */
export const AGAIN = 'Rehearsal.'

/** Says what was truly received, and no more: a stand-in that pretended to understand would hide exactly what it is there to show. */
export function honestAnswer(prompt: Prompt, scene: Scene): Answer {
  if (prompt.kind === 'result')
    return { items: prompt.after?.(prompt.responses) ?? sayResults(prompt.responses) }
  const opening: Item = { kind: 'say', text: scene.turn === 0 ? OPENING : AGAIN }
  const turned = echoAsked(prompt.typed)
  if (turned !== undefined)
    return { items: [opening, { kind: 'say', text: ECHO_WORDS[turned ? 'on' : 'off'] }], echo: turned }
  if (prompt.kind === 'speech' && scene.isEcho) return { items: [echoOf(prompt.heard)] }
  const call = callAsked(prompt.typed, scene)
  if (call !== undefined) return { items: [opening, ...call] }
  return { items: [opening, ...account(prompt, scene).map((text): Item => ({ kind: 'say', text }))] }
}

function account(prompt: Exclude<Prompt, { kind: 'result' }>, scene: Scene): string[] {
  const sentences: string[] = []
  if (prompt.kind === 'speech') {
    const { speechMs, level } = prompt.heard
    sentences.push(`I heard ${sayDuration(speechMs)} of speech at a ${loudness(level)} level.`)
  }
  const known = aboutItself(prompt.typed, scene)
  if (known.length > 0) sentences.push(...known)
  else if (prompt.typed.trim() !== '') sentences.push(...sentencesOf(`You wrote: ${shortened(prompt.typed)}`))
  if (prompt.pictures.length > 0) sentences.push(sayPictures(prompt.pictures))
  return sentences
}

/** Characters of a typed line that are repeated. */
const MOST_REPEATED = 600

const ECHO_WORDS = {
  on: 'Echo is on. I play back what I hear, until you write: echo off.',
  off: 'Echo is off.',
}

/** Whether a typed line turns the echo on or off. */
function echoAsked(typed: string): boolean | undefined {
  const asked = /^\s*\/?echo\s+(on|off)\s*[.!]?\s*$/i.exec(typed)?.[1]
  return asked === undefined ? undefined : asked.toLowerCase() === 'on'
}

function sayDuration(ms: Ms): string {
  const said = seconds(ms)
  return said === '1.0' ? '1 second' : `${said.replace(/\.0$/, '')} seconds`
}

function loudness(level: number): string {
  if (level < -45) return 'very quiet'
  if (level < -35) return 'quiet'
  if (level < -18) return 'moderate'
  return 'loud'
}

function sayPictures(pictures: readonly Picture[]): string {
  const { width, height } = pictures.at(-1)!
  const size = `${width} by ${height}`
  return pictures.length === 1
    ? `I saw 1 picture of ${size}.`
    : `I saw ${pictures.length} pictures, the last ${size}.`
}

/** Nobody listens to a page that they wrote themselves. */
function shortened(text: string): string {
  return text.length <= MOST_REPEATED ? text : `${text.slice(0, MOST_REPEATED)}, and so on.`
}

/** `text` cut where it can be spoken piece by piece: after sentences, else after about 200 characters. */
export function sentencesOf(text: string): string[] {
  const sentences = text
    .replace(/\s+/g, ' ')
    .trim()
    .match(/.{1,200}?(?:[.!?。！？]+(?=\s|$)|$)|.{1,200}(?:\s|$)|.{1,200}/gsu)
  return (sentences ?? []).map(one => one.trim()).filter(one => one !== '')
}
