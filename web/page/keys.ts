import type { Controls } from './controls.ts'
import type { Holding } from './holding.ts'

const busy = 'input, textarea, select, button, a, dialog, [contenteditable]'

/** M and V switch microphone and camera; holding Space talks. Fields, buttons and dialogs keep their keys. */
export function listenToKeys(
  { microphone, camera }: Controls,
  holding: Holding,
  changed: () => void,
  signal: AbortSignal,
): void {
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isBusy(event)) return
    if (event.code === 'Space') {
      event.preventDefault() // the page would scroll
      if (!event.repeat) holding.press()
    } else if (event.repeat) {
      return
    } else if (event.key.toLowerCase() === 'm') {
      holding.keep()
      void microphone.want(!microphone.isOn).then(changed)
      changed()
    } else if (event.key.toLowerCase() === 'v') {
      void camera.want(!camera.isOn).then(changed)
      changed()
    }
  }
  addEventListener('keydown', press, { signal })
  addEventListener('keyup', event => event.code === 'Space' && holding.release(), { signal })
  // The key may be let go where we cannot see it.
  addEventListener('blur', () => holding.release(), { signal })
}

function isBusy({ target }: KeyboardEvent): boolean {
  return target instanceof Element && target.closest(busy) !== null
}
