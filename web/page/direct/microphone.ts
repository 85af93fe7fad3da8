import capture from './capture.ts?worker&url'

/** The person's microphone, cut into chunks for the model. */
export type Microphone = { mute(isMuted: boolean): void; close(): void }

/** @throws DOMException where there is none, or it may not be used */
export async function openMicrophone(onChunk: (pcm: Int16Array<ArrayBuffer>) => void): Promise<Microphone> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
  })
  // At the sound card's own rate: Firefox joins no microphone to a context of another.
  const context = new AudioContext()
  await context.audioWorklet.addModule(capture)
  const node = new AudioWorkletNode(context, 'capture', { numberOfOutputs: 0 })
  node.port.onmessage = ({ data }: MessageEvent<Int16Array<ArrayBuffer>>) => onChunk(data)
  context.createMediaStreamSource(stream).connect(node)
  await context.resume()
  return {
    // Silence goes on being sent: the model's own detector waits for it to end a turn.
    mute(isMuted) {
      for (const track of stream.getTracks()) track.enabled = !isMuted
    },
    close() {
      for (const track of stream.getTracks()) track.stop()
      void context.close()
    },
  }
}
