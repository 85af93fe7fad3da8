import type { LiveSettings } from './settings.ts'

/** What a session of some models takes in its midst. */
const UPDATABLE: readonly (keyof LiveSettings)[] = ['instructions', 'language', 'functions', 'hosted']

/** How a session comes to other settings: not at all where they make no difference, told in its midst, or by another that takes it up. */
export function wayTo(now: LiveSettings, then: LiveSettings): 'none' | 'update' | 'another' {
  const differing = differences(now, then)
  if (differing.length === 0) return 'none'
  const takesUpdate = then.profile.contextUpdate.includes(then.on)
  return takesUpdate && differing.every(field => UPDATABLE.includes(field)) ? 'update' : 'another'
}

/** The fields in which a session would be another. What was wished for, and the first words, are not part of it. */
function differences(now: LiveSettings, then: LiveSettings): (keyof LiveSettings)[] {
  const fields = Object.keys(then) as (keyof LiveSettings)[]
  return fields.filter(
    field =>
      field !== 'wish' && field !== 'greeting' && JSON.stringify(now[field]) !== JSON.stringify(then[field]),
  )
}
