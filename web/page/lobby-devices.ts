import { listDevices, openCamera, openMicrophone } from './capture.ts'
import { byId, fillDevices, setText } from './dom.ts'
import { Meter } from './meter.ts'
import { silentMicrophone } from './problems.ts'

/** Silence for so long, in ticks of the meter, is told. */
const SILENT_TICKS = 40
const TICK_MS = 100

/** What the lobby shows of microphone and camera before anybody else hears or sees them. */
export class LobbyDevices {
  readonly #select = byId('lobby-mic-select', HTMLSelectElement)
  readonly #test = byId('test-mic', HTMLButtonElement)
  readonly #bar = byId('meter', HTMLElement)
  readonly #problem = byId('mic-problem', HTMLElement)
  readonly #preview = byId('lobby-camera', HTMLVideoElement)
  readonly #cameraProblem = byId('camera-problem', HTMLElement)
  microphone: MediaStreamTrack | undefined
  camera: MediaStreamTrack | undefined
  micId: string | undefined
  #wantsCamera = false
  #stopMeter: () => void = () => {}

  constructor(micId: string | undefined) {
    this.micId = micId
    this.#select.onchange = () => {
      this.micId = this.#select.value
      void this.openMicrophone()
    }
  }

  /** Shows its level, or in a sentence why there is none. Never rejects. */
  async openMicrophone(): Promise<void> {
    this.#stopMeter()
    this.microphone?.stop()
    this.microphone = undefined
    setText(this.#problem, '')
    try {
      this.microphone = await openMicrophone(this.micId)
      const { deviceId } = this.microphone.getSettings()
      fillDevices(this.#select, await listDevices('audioinput'), deviceId, 'Microphone')
      this.#select.hidden = false
      this.#test.hidden = true
      this.#startMeter(this.microphone)
    } catch (error) {
      this.#test.hidden = false
      setText(this.#test, 'Try the microphone again')
      setText(this.#problem, error instanceof Error ? error.message : String(error))
    }
  }

  /** Shows a person what others would see of them, or in a sentence why nothing. Never rejects. */
  async showCamera(on: boolean): Promise<void> {
    this.#wantsCamera = on
    this.camera?.stop()
    this.camera = undefined
    this.#preview.hidden = true
    setText(this.#cameraProblem, '')
    if (!on) return
    try {
      const camera = await openCamera()
      // It was switched off again while the browser asked.
      if (!this.#wantsCamera || this.camera !== undefined) return camera.stop()
      this.camera = camera
      this.#preview.srcObject = new MediaStream([camera])
      this.#preview.hidden = false
    } catch (error) {
      setText(this.#cameraProblem, error instanceof Error ? error.message : String(error))
    }
  }

  /** The call has what it wants of them; the rest is switched off. */
  handOver({ isMuted, hasCamera }: { isMuted: boolean; hasCamera: boolean }): void {
    this.#stopMeter()
    if (isMuted) this.microphone?.stop()
    if (!hasCamera) this.camera?.stop()
    this.microphone = undefined
    this.camera = undefined
    this.#preview.srcObject = null
    this.#preview.hidden = true
  }

  #startMeter(track: MediaStreamTrack): void {
    const meter = new Meter(track)
    let silentTicks = 0
    this.#bar.hidden = false
    const tick = () => {
      const level = meter.level()
      this.#bar.style.setProperty('--level', level.toFixed(2))
      silentTicks = level > 0 ? 0 : silentTicks + 1
      setText(this.#problem, silentTicks > SILENT_TICKS ? silentMicrophone : '')
    }
    const timer = setInterval(tick, TICK_MS)
    track.addEventListener('ended', () => this.#stopMeter(), { once: true })
    this.#stopMeter = () => {
      clearInterval(timer)
      meter.close()
      this.#bar.hidden = true
      this.#stopMeter = () => {}
    }
  }
}
