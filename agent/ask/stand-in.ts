import type { GeminiConfig } from '../config.ts'
import { startRehearsal } from '../rehearsal/server.ts'

/** Where questions go: to the Live API that is configured, or to a rehearsal that lives as long as this program. */
export type Place = AsyncDisposable & { gemini: GeminiConfig; isOwn: boolean }

/** Without a key, and without a rehearsal running, one is started for this program alone. */
export async function placeFor(gemini: GeminiConfig): Promise<Place> {
  const there = { gemini, isOwn: false, [Symbol.asyncDispose]: async () => {} }
  if (gemini.at !== 'rehearsal' || !gemini.isOurs) return there
  const isUp = await fetch(gemini.baseUrl).then(
    () => true,
    () => false,
  )
  if (isUp) return there
  const rehearsal = await startRehearsal()
  const own = { ...gemini, baseUrl: rehearsal.url }
  return { gemini: own, isOwn: true, [Symbol.asyncDispose]: () => rehearsal.close() }
}
