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
export function openMicrophone(deviceId: string | undefined): Promise<MediaStreamTrack> {
  return openDevice('microphone', { audio: micConstraints(deviceId) })
}

/** @throws Error with a sentence for the person. */
export function openCamera(): Promise<MediaStreamTrack> {
  return openDevice('camera', { video: { width: { ideal: 1280 }, height: { ideal: 720 } } })
}

async function openDevice(
  device: 'microphone' | 'camera',
  constraints: MediaStreamConstraints,
): Promise<MediaStreamTrack> {
  try {
    const { mediaDevices } = navigator as { mediaDevices?: MediaDevices }
    if (mediaDevices === undefined) throw Object.assign(new Error('not secure'), { name: 'InsecureError' })
    const [track] = (await mediaDevices.getUserMedia(constraints)).getTracks()
    if (track === undefined) throw new DOMException('no track', 'NotFoundError')
    return track
  } catch (error) {
    throw new Error(deviceProblem(error, device), { cause: error })
  }
}

export async function listDevices(kind: MediaDeviceKind): Promise<MediaDeviceInfo[]> {
  const { mediaDevices } = navigator as { mediaDevices?: MediaDevices }
  const all = (await mediaDevices?.enumerateDevices().catch(() => [])) ?? []
  // A device without an id is one that we may not know about yet.
  return all.filter(device => device.kind === kind && device.deviceId !== '')
}
