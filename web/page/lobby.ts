import { type Choices, keepChoices, readChoices } from './choices.ts'
import { byId, fillDevices, setText } from './dom.ts'
import { Meter } from './meter.ts'
import { isMicrophoneGranted, listDevices, openMicrophone } from './microphone.ts'
import { silentMicrophone } from './problems.ts'

export type Joining = Choices & {
  /** The microphone that was tested, still running; the call goes on with it, so nobody is asked twice. */
  microphone: MediaStreamTrack | undefined
}

/** Silence for so long, in ticks of the meter, is told. */
const SILENT_TICKS = 40
const TICK_MS = 100

const screen = byId('lobby', HTMLElement)
const form = byId('join', HTMLFormElement)
const name = byId('name', HTMLInputElement)
const select = byId('lobby-mic-select', HTMLSelectElement)
const test = byId('test-mic', HTMLButtonElement)
const bar = byId('meter', HTMLElement)
const micProblem = byId('mic-problem', HTMLElement)
const isMuted = byId('join-muted', HTMLInputElement)
const hasCamera = byId('join-camera', HTMLInputElement)
const button = byId('join-button', HTMLButtonElement)
const joinProblem = byId('join-problem', HTMLElement)

/** The card before the room: name, microphone, Join. */
export class Lobby {
  #microphone: MediaStreamTrack | undefined
  #micId = readChoices().micId
  #stopMeter: () => void = () => {}

  /** Calls `join` with each submit; what it rejects with is shown, and the person may try again. */
  constructor(join: (joining: Joining) => Promise<void>) {
    const kept = readChoices()
    name.value = kept.name
    isMuted.checked = kept.isMuted
    hasCamera.checked = kept.hasCamera
    test.addEventListener('click', () => void this.#openMicrophone())
    select.addEventListener('change', () => {
      this.#micId = select.value
      void this.#openMicrophone()
    })
    form.addEventListener('submit', event => {
      event.preventDefault()
      void this.#submit(join)
    })
  }

  /** Opens the microphone only where that asks nothing: no prompt comes before the page has said what it is for. */
  async show(): Promise<void> {
    screen.hidden = false
    if (name.value === '') name.focus()
    else button.focus()
    if (!isMuted.checked && (await isMicrophoneGranted())) await this.#openMicrophone()
  }

  async #submit(join: (joining: Joining) => Promise<void>): Promise<void> {
    if (button.disabled) return
    if (name.value.trim() === '') {
      name.setCustomValidity('Please write your name.')
      name.reportValidity()
      name.addEventListener('input', () => name.setCustomValidity(''), { once: true })
      return
    }
    const choices: Choices = {
      name: name.value.trim(),
      micId: this.#micId,
      isMuted: isMuted.checked,
      hasCamera: hasCamera.checked,
    }
    keepChoices(choices)
    setText(joinProblem, '')
    button.disabled = true
    setText(button, 'Joining…')
    try {
      await join({ ...choices, microphone: choices.isMuted ? undefined : this.#microphone })
      this.#stopMeter()
      if (choices.isMuted) this.#microphone?.stop()
      this.#microphone = undefined
      screen.hidden = true
    } catch (error) {
      setText(joinProblem, error instanceof Error ? error.message : String(error))
    } finally {
      button.disabled = false
      setText(button, 'Join')
    }
  }

  async #openMicrophone(): Promise<void> {
    this.#stopMeter()
    this.#microphone?.stop()
    this.#microphone = undefined
    setText(micProblem, '')
    try {
      this.#microphone = await openMicrophone(this.#micId)
      fillDevices(
        select,
        await listDevices('audioinput'),
        this.#microphone.getSettings().deviceId,
        'Microphone',
      )
      select.hidden = false
      test.hidden = true
      this.#startMeter(this.#microphone)
    } catch (error) {
      test.hidden = false
      setText(test, 'Try the microphone again')
      setText(micProblem, error instanceof Error ? error.message : String(error))
    }
  }

  #startMeter(track: MediaStreamTrack): void {
    const meter = new Meter(track)
    let silentTicks = 0
    bar.hidden = false
    const tick = () => {
      const level = meter.level()
      bar.style.setProperty('--level', level.toFixed(2))
      silentTicks = level > 0 ? 0 : silentTicks + 1
      setText(micProblem, silentTicks > SILENT_TICKS ? silentMicrophone : '')
    }
    const timer = setInterval(tick, TICK_MS)
    track.addEventListener('ended', () => this.#stopMeter(), { once: true })
    this.#stopMeter = () => {
      clearInterval(timer)
      meter.close()
      bar.hidden = true
      this.#stopMeter = () => {}
    }
  }
}
