/** What the server gives for one session. */
export type Ticket = {
  /** The Live API's socket. */
  url: string
  /** Opens one session. It is no key, and is of no use afterwards. */
  token: string
  model: string
  /** How the model takes typed words. */
  typed: 'clientContent' | 'realtimeInput'
  expiresAt: string
}

/** The page is at r/<room>, possibly under a path of a proxy's choosing. */
const api = new URL('../api/', location.href)

/** @throws Error with a sentence for the person, such as the server's own refusal. */
export async function fetchTicket(): Promise<Ticket> {
  // Behind the #, so that it is in no server's log.
  const invite = new URLSearchParams(location.hash.slice(1)).get('k')
  const headers: Record<string, string> = { 'Content-Type': 'application/json' }
  if (invite !== null) headers['X-Invite'] = invite
  const response = await fetch(new URL('live-token', api), { method: 'POST', headers, body: '{}' }).catch(
    () => undefined,
  )
  if (response === undefined) throw new Error('The server does not answer. Is it running?')
  if (!response.ok) throw new Error((await response.text()).trim() || 'The server refused.')
  return (await response.json()) as Ticket
}

/** Whether a stand-in answers; false where the server does not say. */
export async function isRehearsal(): Promise<boolean> {
  try {
    const info = (await (await fetch(new URL('info', api))).json()) as { agent?: string }
    return info.agent === 'rehearsal'
  } catch {
    return false
  }
}
