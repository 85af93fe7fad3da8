/** What a person chose in the lobby; kept for the next visit. */
export type Choices = { name: string; micId: string | undefined; isMuted: boolean; hasCamera: boolean }

const KEY = 'roundtable.choices'
const NONCE = 'roundtable.nonce'

export function readChoices(): Choices {
  const kept = parse(read('localStorage', KEY))
  return {
    name: typeof kept.name === 'string' ? kept.name : '',
    micId: typeof kept.micId === 'string' ? kept.micId : undefined,
    isMuted: kept.isMuted === true,
    hasCamera: kept.hasCamera === true,
  }
}

export function keepChoices(choices: Choices): void {
  write('localStorage', KEY, JSON.stringify(choices))
}

/**
 * A secret of this tab that its identity in the room is derived from: a reload stays the same person, a second tab is
 * another. `crypto.randomUUID` is missing on plain http, where this must still work.
 */
export function tabNonce(): string {
  const kept = read('sessionStorage', NONCE)
  if (kept !== null && kept !== '') return kept
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const nonce = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('')
  write('sessionStorage', NONCE, nonce)
  return nonce
}

function parse(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** Storage may be forbidden; then nothing is kept, and nothing breaks. */
function read(storage: 'localStorage' | 'sessionStorage', key: string): string | null {
  try {
    return window[storage].getItem(key)
  } catch {
    return null
  }
}

function write(storage: 'localStorage' | 'sessionStorage', key: string, value: string): void {
  try {
    window[storage].setItem(key, value)
  } catch {}
}
