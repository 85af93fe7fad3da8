import { type Room, RoomEvent } from 'livekit-client'
import { listDevices } from './capture.ts'
import { byId, fillDevices } from './dom.ts'
import type { Notices } from './notices.ts'
import { deviceProblem } from './problems.ts'

const fields = [
  { kind: 'audioinput', id: 'mic-select', called: 'Microphone' },
  { kind: 'videoinput', id: 'camera-select', called: 'Camera' },
  { kind: 'audiooutput', id: 'speaker-select', called: 'Speaker' },
] as const

/** The dialog in which microphone, camera and speaker are chosen; its lists follow what is plugged in. */
export class Devices {
  readonly #room: Room
  readonly #button = byId('devices', HTMLButtonElement)
  readonly #dialog = byId('device-dialog', HTMLDialogElement)

  constructor(room: Room, notices: Notices) {
    this.#room = room
    byId('speaker-field', HTMLElement).hidden = !('setSinkId' in HTMLMediaElement.prototype)
    this.#button.onclick = () => {
      void this.#fill()
      this.#dialog.showModal()
    }
    for (const { kind, id } of fields) {
      const select = byId(id, HTMLSelectElement)
      select.onchange = () => {
        const device = kind === 'videoinput' ? 'camera' : 'microphone'
        room.switchActiveDevice(kind, select.value).catch((error: unknown) => {
          notices.say(kind === 'audiooutput' ? 'That speaker did not start.' : deviceProblem(error, device))
        })
      }
    }
    room.on(RoomEvent.MediaDevicesChanged, () => {
      if (this.#dialog.open) void this.#fill()
    })
  }

  close(): void {
    this.#dialog.close()
    this.#button.onclick = null
  }

  async #fill(): Promise<void> {
    for (const { kind, id, called } of fields)
      fillDevices(
        byId(id, HTMLSelectElement),
        await listDevices(kind),
        this.#room.getActiveDevice(kind),
        called,
      )
  }
}
