import { type Picture, pictureSize } from '../hearing/picture.ts'
import type { Content } from '../wire/setup.ts'

/** The words of content turns, without what is no text. */
export function textOf(turns: readonly Content[]): string {
  return turns
    .flatMap(({ parts = [] }) => parts.map(({ text = '' }) => text))
    .filter(text => text !== '')
    .join(' ')
}

/** The pictures in content turns. */
export function picturesOf(turns: readonly Content[]): Picture[] {
  return turns.flatMap(({ parts = [] }) =>
    parts.flatMap(({ inlineData: { mimeType = '', data } = {} }) => {
      const size = data === undefined ? undefined : pictureSize(data)
      return size === undefined ? [] : [{ mimeType, bytes: data!.length, ...size }]
    }),
  )
}

/** Two texts with a blank between them, where both are there. */
export function join(first: string, second: string): string {
  return first === '' || second === '' ? first + second : `${first} ${second}`
}
