import playback from './playback.ts?worker&url'

/** What the Live API speaks. */
const SPEECH_RATE = 24_000

/** The model's voice in the person's ears. */
export type Voice = {
  play(pcm: Int16Array<ArrayBuffer>): void
  /** Silence, now. */
  flush(): void
  close(): void
}

/** @param onChange told when it begins to be heard, and when it ends */
export async function openVoice(onChange: (isPlaying: boolean) => void): Promise<Voice> {
  const context = new AudioContext({ sampleRate: SPEECH_RATE, latencyHint: 'interactive' })
  await context.audioWorklet.addModule(playback)
  const node = new AudioWorkletNode(context, 'playback', { numberOfInputs: 0, outputChannelCount: [1] })
  node.port.onmessage = ({ data }: MessageEvent<boolean>) => onChange(data)
  node.connect(context.destination)
  await context.resume()
  return {
    play: pcm => node.port.postMessage(pcm, [pcm.buffer]),
    flush: () => node.port.postMessage('flush'),
    close: () => void context.close(),
  }
}
