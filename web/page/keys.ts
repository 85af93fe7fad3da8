import type { Controls } from './controls.ts'

const busy = 'input, textarea, select, button, a, dialog, [contenteditable]'

/** M and V switch microphone and camera; holding Space talks while muted. Fields, buttons and dialogs keep their keys. */
export function listenToKeys(
  { microphone, camera }: Controls,
  changed: () => void,
  signal: AbortSignal,
): void {
  let isHeld = false
  const release = () => {
    if (!isHeld) return
    isHeld = false
    void microphone.want(false).then(changed)
    changed()
  }
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isBusy(event)) return
    if (event.code === 'Space') {
      event.preventDefault() // the page would scroll
      if (event.repeat || isHeld || microphone.isOn) return
      isHeld = true
      void microphone.want(true).then(changed)
    } else if (event.repeat) {
      return
    } else if (event.key.toLowerCase() === 'm') {
      isHeld = false
      void microphone.want(!microphone.isOn).then(changed)
    } else if (event.key.toLowerCase() === 'v') {
      void camera.want(!camera.isOn).then(changed)
    } else {
      return
    }
    changed()
  }
  addEventListener('keydown', press, { signal })
  addEventListener('keyup', event => event.code === 'Space' && release(), { signal })
  // The key may be let go where we cannot see it.
  addEventListener('blur', release, { signal })
}

function isBusy({ target }: KeyboardEvent): boolean {
  return target instanceof Element && target.closest(busy) !== null
}
