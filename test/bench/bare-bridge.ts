/**
 * The least program that carries one person to a Live session and back, as the measure of what ours may cost: no playout
 * buffer, no captions, no states, no recovery. Run with an IPC channel; joins the room of each `{ url, token }` it is sent.
 */
import { GoogleGenAI, type LiveServerMessage, Modality } from '@google/genai'
import {
  AudioFrame,
  AudioSource,
  AudioStream,
  LocalAudioTrack,
  type RemoteTrack,
  Room,
  RoomEvent,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node'

async function bridge(url: string, token: string): Promise<void> {
  const room = new Room()
  const source = new AudioSource(24_000, 1, 20_000)
  let capturing = Promise.resolve()

  const ai = new GoogleGenAI({ apiKey: 'bench', httpOptions: { baseUrl: process.env.STAND_IN! } })
  const session = await ai.live.connect({
    model: 'gemini-3.8-live',
    config: { responseModalities: [Modality.AUDIO] },
    callbacks: { onmessage: message => play(message) },
  })

  function play({ serverContent }: LiveServerMessage): void {
    if (serverContent?.interrupted) source.clearQueue()
    for (const { inlineData } of serverContent?.modelTurn?.parts ?? []) {
      const bytes = Uint8Array.from(Buffer.from(inlineData?.data ?? '', 'base64'))
      const pcm = new Int16Array(bytes.buffer)
      capturing = capturing.then(() => source.captureFrame(new AudioFrame(pcm, 24_000, 1, pcm.length)))
    }
  }

  async function hear(track: RemoteTrack): Promise<void> {
    for await (const { data } of new AudioStream(track, {
      sampleRate: 16_000,
      numChannels: 1,
      frameSizeMs: 10,
    }))
      session.sendRealtimeInput({
        audio: { data: Buffer.from(data.buffer).toString('base64'), mimeType: 'audio/pcm;rate=16000' },
      })
  }

  room.on(RoomEvent.TrackSubscribed, track => void hear(track))
  room.on(RoomEvent.Disconnected, () => {
    session.close()
    void source.close()
  })
  await room.connect(url, token, { autoSubscribe: true, dynacast: false })
  const options = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE })
  await room.localParticipant!.publishTrack(LocalAudioTrack.createAudioTrack('voice', source), options)
}

process.on('message', ({ url, token }: { url: string; token: string }) => void bridge(url, token))
process.on('disconnect', () => process.exit())
console.log('ready')
