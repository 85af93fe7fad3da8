import { type Choices, keepChoices, readChoices } from './choices.ts'
import { byId, setText } from './dom.ts'
import type { LobbyDevices } from './lobby-devices.ts'

export type Joining = Choices & {
  /** The microphone that was tested and the camera that was looked at, still running; the call goes on with them, so nobody is asked twice. */
  microphone: MediaStreamTrack | undefined
  camera: MediaStreamTrack | undefined
}

const screen = byId('lobby', HTMLElement)
const form = byId('join', HTMLFormElement)
const name = byId('name', HTMLInputElement)
const test = byId('test-mic', HTMLButtonElement)
const isMuted = byId('join-muted', HTMLInputElement)
const hasCamera = byId('join-camera', HTMLInputElement)
const button = byId('join-button', HTMLButtonElement)
const joinProblem = byId('join-problem', HTMLElement)

/** The card before the room: name, microphone, camera, Join. */
export class Lobby {
  #devices: Promise<LobbyDevices> | undefined

  /** Calls `join` with each submit; what it rejects with is shown, and the person may try again. */
  constructor(join: (joining: Joining) => Promise<void>) {
    const kept = readChoices()
    name.value = kept.name
    isMuted.checked = kept.isMuted
    hasCamera.checked = kept.hasCamera
    test.onclick = () => void this.#load().then(devices => devices.openMicrophone())
    hasCamera.onchange = () => void this.#load().then(devices => devices.showCamera(hasCamera.checked))
    form.onsubmit = event => {
      event.preventDefault()
      void this.#submit(join)
    }
  }

  /** Opens microphone and camera only where that asks nothing: no prompt comes before the page has said what it is for. */
  async show(): Promise<void> {
    screen.hidden = false
    if (name.value === '') name.focus()
    else button.focus()
    if (!isMuted.checked && (await isGranted('microphone'))) await (await this.#load()).openMicrophone()
    if (hasCamera.checked && (await isGranted('camera'))) await (await this.#load()).showCamera(true)
  }

  /** Most people never touch a device here, so the code for it is fetched when it is needed. */
  #load(): Promise<LobbyDevices> {
    this.#devices ??= import('./lobby-devices.ts').then(
      ({ LobbyDevices }) => new LobbyDevices(readChoices().micId),
    )
    return this.#devices
  }

  async #submit(join: (joining: Joining) => Promise<void>): Promise<void> {
    if (button.disabled) return
    if (name.value.trim() === '') {
      name.setCustomValidity('Please write your name.')
      name.reportValidity()
      name.oninput = () => name.setCustomValidity('')
      return
    }
    const devices = await this.#devices
    const choices: Choices = {
      name: name.value.trim(),
      micId: devices?.micId ?? readChoices().micId,
      isMuted: isMuted.checked,
      hasCamera: hasCamera.checked,
    }
    keepChoices(choices)
    setText(joinProblem, '')
    button.disabled = true
    setText(button, 'Joining…')
    try {
      await join({
        ...choices,
        microphone: choices.isMuted ? undefined : devices?.microphone,
        camera: devices?.camera,
      })
      devices?.handOver(choices)
      screen.hidden = true
    } catch (error) {
      setText(joinProblem, error instanceof Error ? error.message : String(error))
    } finally {
      button.disabled = false
      setText(button, 'Join')
    }
  }
}

/** Whether the device can be opened without asking the person anything. */
async function isGranted(device: 'microphone' | 'camera'): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: device as PermissionName })).state === 'granted'
  } catch {
    return false
  }
}
