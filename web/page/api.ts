import { tabNonce } from './choices.ts'

export type Info = { agent: 'gemini' | 'rehearsal'; model: string; needsInvite: boolean }
export type Ticket = { url: string; token: string }

/** The page is at r/<room>, possibly under a path of a proxy's choosing. */
const api = new URL('../api/', location.href)

export const roomName = decodeURIComponent(location.pathname.split('/').pop() ?? '')

/** Undefined where the server does not answer: the lobby then shows no badge, and joining says what is wrong. */
export async function readInfo(): Promise<Info | undefined> {
  try {
    const response = await fetch(new URL('info', api))
    return response.ok ? ((await response.json()) as Info) : undefined
  } catch {
    return undefined
  }
}

/** @throws Error with a sentence for the person, such as the server's own refusal. */
export async function fetchTicket(name: string): Promise<Ticket> {
  // Behind the #, so that it is in no server's log.
  const invite = new URLSearchParams(location.hash.slice(1)).get('k')
  const headers: Record<string, string> = { 'Content-Type': 'application/json' }
  if (invite !== null) headers['X-Invite'] = invite
  const wanted = { room_name: roomName, participant_name: name, participant_identity: tabNonce() }
  const response = await fetch(new URL('token', api), {
    method: 'POST',
    headers,
    body: JSON.stringify(wanted),
  }).catch(() => undefined)
  if (response === undefined) throw new Error('The server does not answer. Is it running?')
  if (!response.ok) throw new Error((await response.text()).trim() || 'The server refused.')
  const { server_url: url, participant_token: token } = (await response.json()) as Record<string, string>
  if (url === undefined || token === undefined) throw new Error('The server gave no ticket for the room.')
  return { url, token }
}
