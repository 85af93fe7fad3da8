/** More names than this would be a list that nobody asked for. */
const MOST_NAMES = 20

/** What stands for the room in texts of the operator's. */
export type Words = { room: string; people: readonly string[] }

/** `text` with `{room}` and `{people}` filled in. Names come from outside: they are one line each, and bounded, before they come here. */
export function fillIn(text: string, { room, people }: Words): string {
  return text.replace(/\{(room|people)\}/g, (_whole, word: string) =>
    word === 'room' ? room : listed(people),
  )
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES)
  const rest = names.length - shown.length
  const all = rest > 0 ? [...shown, `${rest} more`] : shown
  if (all.length < 2) return all[0] ?? 'nobody yet'
  return `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`
}
