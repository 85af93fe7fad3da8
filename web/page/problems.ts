/** What a person can do about a device that the browser would not hand over: one sentence or two. */
export function deviceProblem(error: unknown, device: 'microphone' | 'camera' | 'screen'): string {
  if (device === 'screen') return 'The screen could not be shared.'
  const listen = device === 'microphone' ? ' You can still join and listen.' : ''
  switch (error instanceof Error ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return `This page may not use your ${device}. Allow it beside the address, then try again.${listen}`
    case 'NotFoundError':
    case 'OverconstrainedError':
    case 'DevicesNotFoundError':
      return `No ${device} was found.${listen}`
    case 'NotReadableError':
    case 'AbortError':
    case 'TrackStartError':
      return `Another program is using your ${device}. Close it there, then try again.${listen}`
    case 'InsecureError':
    case 'DeviceUnsupportedError':
    case 'TypeError':
      return `Browsers give pages a ${device} only over https or on localhost.${listen}`
    default:
      return `The ${device} did not start.${listen}`
  }
}

export const silentMicrophone = 'No sound comes from this microphone. Is it switched off, or the wrong one?'

/** Whether two failures are told alike; a screen picker that was closed is no failure. */
export function isCancelled(error: unknown, device: string): boolean {
  return device === 'screen' && error instanceof Error && error.name === 'NotAllowedError'
}
