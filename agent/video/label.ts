import type { Colour, Pixels } from './canvas.ts'
import { fontFile } from './font.ts'
import { loadSharp } from './sharp.ts'

/** Of the letters, px. */
const SIZE = 16
/** Around the words, px. */
const PADDING = { x: 6, y: 3 } as const
/** A label is never higher, whatever marks are piled up in a name, px. */
const MOST_HEIGHT = 24
/** Names are bounded where they come from; this only bounds the work. */
const MOST_CHARACTERS = 80
/** Drawing takes 1 to 5 ms, and the same names come again every second. */
const MOST_KEPT = 64

export type LabelColours = { ink: Colour; paper: Colour }

const kept = new Map<string, Promise<Pixels>>()
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/**
 * Words on a ground, at most `most` px wide (but at least one character), cut with an ellipsis where they are longer. Any script and
 * most emoji are drawn, also where no font is installed. Drawn on libvips' threads and kept; not to be painted on.
 */
export function label(words: string, most: number, colours: LabelColours): Promise<Pixels> {
  const key = JSON.stringify([words, most, colours])
  const found = kept.get(key) ?? draw(words, most, colours)
  kept.delete(key)
  kept.set(key, found)
  const [oldest] = kept.keys()
  if (kept.size > MOST_KEPT) kept.delete(oldest!)
  return found
}

async function draw(words: string, most: number, { ink, paper }: LabelColours): Promise<Pixels> {
  const room = Math.max(SIZE, most - 2 * PADDING.x)
  const letters = [...graphemes.segment(words.toWellFormed())].map(({ segment }) => segment)
  let shown = letters.slice(0, MOST_CHARACTERS)
  let drawn = await write(shown.join(''), ink)
  while (drawn !== undefined && drawn.info.width > room && shown.length > 1) {
    const fitting = Math.floor((shown.length * room) / drawn.info.width)
    shown = shown.slice(0, Math.max(1, Math.min(fitting, shown.length - 1)))
    drawn = await write(`${shown.join('').trimEnd()}…`, ink)
  }
  if (drawn === undefined) return plain(paper)
  const { data, info } = await (await loadSharp())(drawn.data, { raw: drawn.info })
    .extract({
      left: 0,
      top: 0,
      width: Math.min(drawn.info.width, room),
      height: Math.min(drawn.info.height, MOST_HEIGHT - 2 * PADDING.y),
    })
    .flatten({ background: css(paper) })
    .extend({ ...around, background: css(paper) })
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height }
}

const around = { top: PADDING.y, bottom: PADDING.y, left: PADDING.x, right: PADDING.x } as const

/** The words alone, on nothing; undefined where there is nothing to draw. */
async function write(words: string, ink: Colour) {
  const sharp = await loadSharp()
  // Pango reads a markup of its own in what it is given.
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const text = `<span foreground="${css(ink)}">${escaped}</span>`
  try {
    const made = sharp({
      text: { text, font: `sans-serif bold ${SIZE}px`, fontfile: await fontFile(), rgba: true, dpi: 72 },
    })
    return await made.raw().toBuffer({ resolveWithObject: true })
  } catch {
    // Nothing but blanks; libvips draws no empty picture.
    return undefined
  }
}

function plain(paper: Colour): Pixels {
  const [width, height] = [2 * PADDING.x, 2 * PADDING.y]
  const data = new Uint8Array(width * height * 3)
  for (let pixel = 0; pixel < data.length; pixel += 3) data.set(paper, pixel)
  return { data, width, height }
}

function css(colour: Colour): string {
  return `#${colour.map(value => value.toString(16).padStart(2, '0')).join('')}`
}
