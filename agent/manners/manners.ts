/**
 * When the agent may be heard. `open`: whenever the model answers. `addressed`: when it was named, asked, or is in the middle of an
 * exchange. `push-to-talk`: people press to be heard by it, and it answers whoever did. Alone with one person it always answers.
 */
export const manners = ['open', 'addressed', 'push-to-talk'] as const

export type Manners = (typeof manners)[number]

/** Who finds people's turns in these manners: the model by itself, or we by marks. */
export function turnsFor(manners: Manners): 'by itself' | 'by marks' {
  return manners === 'push-to-talk' ? 'by marks' : 'by itself'
}
