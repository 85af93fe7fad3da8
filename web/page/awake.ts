/** Keeps the screen on until `signal` fires: a phone that locks stops the microphone. */
export function stayAwake(signal: AbortSignal): void {
  let lock: WakeLockSentinel | undefined
  const ask = async () => {
    if (document.visibilityState !== 'visible') return
    try {
      const { wakeLock } = navigator as { wakeLock?: WakeLock }
      lock = await wakeLock?.request('screen')
      if (signal.aborted) await lock?.release()
    } catch {} // a low battery, or the browser's own will
  }
  // The browser lets go of it when the page is hidden.
  document.addEventListener('visibilitychange', () => void ask(), { signal })
  signal.addEventListener('abort', () => void lock?.release().catch(() => {}), { once: true })
  void ask()
}
