import type { Speech } from './speech.ts'

/** A script that replaces the microphone by one that is silent until `say()`, which says this and then resolves. */
export function mouth({ pcm, rate }: Speech): string {
  const bytes = Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).toString('base64')
  return `{
    const devices = navigator.mediaDevices
    let context, out
    devices.getUserMedia = async () => {
      context ??= new AudioContext()
      out ??= context.createMediaStreamDestination()
      return out.stream.clone()
    }
    window.say = async () => {
      await context.resume()
      const pcm = new Int16Array(Uint8Array.from(atob('${bytes}'), one => one.charCodeAt(0)).buffer)
      const sound = context.createBuffer(1, pcm.length, ${rate})
      sound.copyToChannel(Float32Array.from(pcm, sample => sample / 32768), 0)
      const source = new AudioBufferSourceNode(context, { buffer: sound })
      source.connect(out)
      source.start()
      await new Promise(resolve => (source.onended = resolve))
    }
  }`
}
