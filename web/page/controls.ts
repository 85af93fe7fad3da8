import { type LocalParticipant, Track } from 'livekit-client'
import { byId, press } from './dom.ts'
import { Meter } from './meter.ts'
import type { Notices } from './notices.ts'
import { deviceProblem, isCancelled, silentMicrophone } from './problems.ts'
import { Toggle } from './toggle.ts'

const LEVEL_EVERY_MS = 100
/** The sound of a tab goes with its picture; that of the whole machine would bring the agent's own voice back to it. */
const screenOptions = { audio: true, systemAudio: 'exclude', selfBrowserSurface: 'exclude' } as const

/** The bar below: microphone, camera, screen. */
export class Controls {
  readonly #you: LocalParticipant
  readonly #notices: Notices
  readonly microphone: Toggle
  readonly camera: Toggle
  readonly screen: Toggle
  readonly #mic = byId('mic', HTMLButtonElement)
  readonly #camera = byId('camera', HTMLButtonElement)
  readonly #screen = byId('screen', HTMLButtonElement)
  #meter: Meter | undefined
  #metered: MediaStreamTrack | undefined
  #timer: number | undefined

  constructor(you: LocalParticipant, notices: Notices) {
    this.#you = you
    this.#notices = notices
    this.microphone = this.#toggle('microphone', on => you.setMicrophoneEnabled(on))
    this.camera = this.#toggle('camera', on => you.setCameraEnabled(on))
    this.screen = this.#toggle('screen', on => you.setScreenShareEnabled(on, screenOptions))
    this.#bind(this.#mic, this.microphone)
    this.#bind(this.#camera, this.camera)
    this.#bind(this.#screen, this.screen)
    const { mediaDevices } = navigator as { mediaDevices?: Partial<MediaDevices> }
    this.#screen.hidden = mediaDevices?.getDisplayMedia === undefined
    this.#timer = window.setInterval(() => this.#level(), LEVEL_EVERY_MS)
  }

  /** Follows what the room says is published. */
  render(): void {
    this.microphone.follow(this.#you.isMicrophoneEnabled)
    this.camera.follow(this.#you.isCameraEnabled)
    this.screen.follow(this.#you.isScreenShareEnabled)
    press(this.#mic, this.microphone.isOn)
    press(this.#camera, this.camera.isOn)
    press(this.#screen, this.screen.isOn)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#meter?.close()
    for (const button of [this.#mic, this.#camera, this.#screen]) button.onclick = null
  }

  #toggle(device: 'microphone' | 'camera' | 'screen', set: (on: boolean) => Promise<unknown>): Toggle {
    return new Toggle(set, error => {
      this.render()
      if (!isCancelled(error, device)) this.#notices.say(deviceProblem(error, device))
    })
  }

  #bind(button: HTMLButtonElement, toggle: Toggle): void {
    button.onclick = event => {
      // A button that was clicked would keep the Space key to itself.
      if (event.detail > 0) button.blur()
      void toggle.want(!toggle.isOn).then(() => this.render())
      this.render()
    }
  }

  /** Shows on the button whether the microphone hears anything: the first thing to look at when nobody answers. */
  #level(): void {
    const track = this.#you.getTrackPublication(Track.Source.Microphone)?.track?.mediaStreamTrack
    if (track !== this.#metered) {
      this.#meter?.close()
      this.#meter = track === undefined ? undefined : new Meter(track)
      this.#metered = track
    }
    const level = this.microphone.isOn ? (this.#meter?.level() ?? 0) : 0
    if (level > 0) this.#notices.unsay(silentMicrophone)
    this.#mic.style.setProperty('--level', level.toFixed(2))
  }
}
