import type * as Bindings from '@livekit/rtc-ffi-bindings'
import type { RemoteTrack } from '@livekit/rtc-node'
import { FRAME_MS } from '../audio/pcm.ts'
import { HEARING_RATE, type Ms } from '../units.ts'
import { client, free, listenToSound, request } from './ffi.ts'

/** Frames that were on their way when a tap was closed come within this time, and are given back, ms. */
const LATE_MS: Ms = 1_000

/** A stream of the native kind, rather than one for a browser. */
const NATIVE = 0

/**
 * Hands every 10 ms of a track's sound to `heard` as 16 kHz mono PCM16 of its own memory, silence included, until the returned
 * function is called. LiveKit resamples, conceals losses, and delivers at real time whether or not packets come.
 *
 * This is rtc-node's AudioStream without its queue: a hundred frames a second of each microphone are the most that this process does.
 * @throws Error when the track is gone.
 */
export function tapSound(track: RemoteTrack, heard: (pcm: Int16Array) => void): () => void {
  const { stream } = request<Bindings.NewAudioStreamResponse>({
    case: 'newAudioStream',
    value: {
      trackHandle: track.ffi_handle.handle,
      type: NATIVE,
      sampleRate: HEARING_RATE,
      numChannels: 1,
      frameSizeMs: FRAME_MS,
    },
  })
  const id = stream!.handle!.id!
  const native = client()
  let isOpen = true
  const stopListening = listenToSound(id, ({ message }) => {
    if (message.case !== 'frameReceived') return
    const { info, handle } = message.value.frame!
    if (isOpen) {
      const bytes = native.copyBuffer(info!.dataPtr!, info!.samplesPerChannel! * 2)
      heard(new Int16Array(bytes.buffer, bytes.byteOffset, info!.samplesPerChannel!))
    }
    free(handle!.id!)
  })
  return () => {
    if (!isOpen) return
    isOpen = false
    free(id)
    setTimeout(stopListening, LATE_MS).unref()
  }
}
