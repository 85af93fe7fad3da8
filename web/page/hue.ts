/** Far enough apart to tell twelve people from each other, and none of them near the agent's own colour. */
const HUES = [255, 150, 320, 200, 100, 290, 175, 345, 230, 125, 270, 75]

const given = new Map<string, number>()

/**
 * The colour of a person everywhere on the page, in degrees, for as long as the page is open. It follows from the identity,
 * so a person keeps it after a reload; where somebody has it already, the next free one is given. Asked for in the order of
 * joining, it is the same for everybody in the room.
 */
export function hueOf(identity: string): number {
  const known = given.get(identity)
  if (known !== undefined) return known
  let hash = 0
  for (const letter of identity) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 0
  const wanted = [...HUES, ...HUES].slice(hash % HUES.length).slice(0, HUES.length)
  const taken = new Set(given.values())
  const hue = wanted.find(one => !taken.has(one)) ?? wanted[0] ?? 0
  given.set(identity, hue)
  return hue
}
