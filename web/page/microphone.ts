import { deviceProblem } from './problems.ts'

export type MicConstraints = {
  echoCancellation: true
  noiseSuppression: true
  autoGainControl: true
  deviceId?: { ideal: string }
}

/** Without an id it is the browser's own choice. */
export function micConstraints(deviceId: string | undefined): MicConstraints {
  const device = deviceId === undefined ? {} : { deviceId: { ideal: deviceId } }
  return { echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...device }
}

/** @throws Error with a sentence for the person. */
export async function openMicrophone(deviceId: string | undefined): Promise<MediaStreamTrack> {
  try {
    const { mediaDevices } = navigator as { mediaDevices?: MediaDevices }
    if (mediaDevices === undefined) throw Object.assign(new Error('not secure'), { name: 'InsecureError' })
    const stream = await mediaDevices.getUserMedia({ audio: micConstraints(deviceId) })
    const [track] = stream.getAudioTracks()
    if (track === undefined) throw new DOMException('no track', 'NotFoundError')
    return track
  } catch (error) {
    throw new Error(deviceProblem(error, 'microphone'), { cause: error })
  }
}

/** Whether the microphone can be opened without asking the person anything. */
export async function isMicrophoneGranted(): Promise<boolean> {
  try {
    const { state } = await navigator.permissions.query({ name: 'microphone' as PermissionName })
    return state === 'granted'
  } catch {
    return false
  }
}

export async function listDevices(kind: MediaDeviceKind): Promise<MediaDeviceInfo[]> {
  const { mediaDevices } = navigator as { mediaDevices?: MediaDevices }
  const all = (await mediaDevices?.enumerateDevices().catch(() => [])) ?? []
  // A device without an id is one that we may not know about yet.
  return all.filter(device => device.kind === kind && device.deviceId !== '')
}
