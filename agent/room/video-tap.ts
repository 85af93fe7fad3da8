import { type RemoteTrackPublication, type Room, RoomEvent, type Track } from '@livekit/rtc-node'
import type { Alarm, Clock } from '../clock.ts'
import type { Ms } from '../units.ts'
import type { Detail, PictureLane, RawPicture } from '../video/lanes.ts'
import { request } from './ffi.ts'
import { nextFrame } from './video-frame.ts'

/** No picture within this time means that none is coming, ms: longer than a slow publisher needs for two key frames. */
const GRAB_WITHIN_MS: Ms = 3_000
/** A track that nobody looked at for this long is given back to the server, ms. */
const KEEP_MS: Ms = 10_000
/**
 * How large a picture is asked for, on its longer side; the server picks the simulcast layer. A camera's middle layer, 640x360, is
 * read well by the model and costs a third of 720p; beside others its low layer, 320x180, is as large as its place. A screen's text
 * needs all that is left after scaling down to 768.
 */
const LONGER_SIDE = { camera: { full: 640, small: 320 }, screen: { full: 1366, small: 1366 } } as const

type Size = { width: number; height: number }

/**
 * Takes single pictures from one published track. Between two the server sends nothing: the track is paused.
 *
 * The alternatives for one 720p30 camera with simulcast, in % of a core above an idle room, measured on two busy cores: every
 * frame read 15-27, subscribed and unread 11-20, the 640x360 layer left running 3.4-4.9, the 320x180 layer left running 1.8-2.2,
 * subscribed anew each time 4.4-5 and a second to the first frame, paused at 1280x720 3.4, paused at 640x360 1.2-2 and 50-150 ms
 * to the first frame. The price of a pause is a key frame a second from the publisher, on all of its layers, because libwebrtc
 * makes them together: at the same bit rate the mean QP (of 127) of its 720p layer goes from 17 to 18-30, of its 360p layer from
 * 14 to 20-40; what we see of it stays at 37-45 dB. Many small pictures side by side would better leave the low layer running.
 */
export class VideoTap {
  readonly #room: Room
  readonly #publication: RemoteTrackPublication
  readonly #clock: Clock
  readonly #longer: Readonly<Record<Detail, number>>
  #stop: (() => void) | undefined
  #givingBack: Alarm | undefined
  #isClosed = false
  #isGone = false

  constructor(room: Room, publication: RemoteTrackPublication, source: PictureLane['source'], clock: Clock) {
    this.#room = room
    this.#publication = publication
    this.#longer = LONGER_SIDE[source]
    this.#clock = clock
  }

  /** See `PictureLane.grab`. */
  async grab(signal: AbortSignal, detail: Detail): Promise<RawPicture | undefined> {
    if (this.#isClosed || this.#stop !== undefined || signal.aborted) return undefined
    this.#givingBack?.cancel()
    const limit = new AbortController()
    const stop = () => limit.abort()
    this.#stop = stop
    signal.addEventListener('abort', stop, { once: true })
    const alarm = this.#clock.after(GRAB_WITHIN_MS, stop)
    try {
      const track = await this.#subscribe(limit.signal)
      return track && (await this.#take(track, this.#size(detail), limit.signal))
    } catch {
      // The track went away between two steps.
      return undefined
    } finally {
      alarm.cancel()
      signal.removeEventListener('abort', stop)
      this.#stop = undefined
      if (!this.#isClosed) this.#givingBack = this.#clock.after(KEEP_MS, () => this.#giveBack())
    }
  }

  /** Ends a grab that is under way and gives the track back; `isGone` says that it was unpublished and there is nothing to give. */
  close(isGone: boolean): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#isGone = isGone
    this.#givingBack?.cancel()
    this.#stop?.()
    if (!isGone) this.#giveBack()
  }

  async #take(track: Track, size: Size, signal: AbortSignal): Promise<RawPicture | undefined> {
    const { width, height } = size
    this.#let(track, true, size)
    try {
      // A frame with three quarters of each side that was asked for is the layer that was asked for.
      return await nextFrame(track, { pixels: width * height * 0.56, clock: this.#clock, signal })
    } finally {
      if (!this.#isGone) this.#let(track, false, size)
    }
  }

  /** The track, subscribed now if it was not; undefined when `signal` fires before. */
  #subscribe(signal: AbortSignal): Promise<Track | undefined> {
    const publication = this.#publication
    if (publication.track !== undefined) return Promise.resolve(publication.track)
    return new Promise(resolve => {
      const finish = (track?: Track) => {
        this.#room.off(RoomEvent.TrackSubscribed, subscribed)
        signal.removeEventListener('abort', giveUp)
        resolve(track)
      }
      const subscribed = (track: Track, of: RemoteTrackPublication) => {
        if (of !== publication) return
        finish(track)
      }
      const giveUp = () => {
        // Arriving late and unread it would cost as much as a whole camera.
        this.#giveBack()
        finish()
      }
      this.#room.on(RoomEvent.TrackSubscribed, subscribed)
      signal.addEventListener('abort', giveUp, { once: true })
      publication.setSubscribed(true)
    })
  }

  /** The published size, scaled down to what is asked for. */
  #size(detail: Detail): Size {
    const { width = 0, height = 0 } = this.#publication
    const longer = this.#longer[detail]
    if (width === 0 || height === 0) return { width: longer, height: Math.round((longer * 9) / 16) }
    const scale = Math.min(1, longer / Math.max(width, height))
    return { width: Math.round(width * scale), height: Math.round(height * scale) }
  }

  /**
   * Lets the server send, in the size wanted, or pauses it. Not by EnableRemoteTrackPublication, which would do this in one
   * request: when the track goes away in that moment it panics, and takes the whole process with it (livekit-ffi 0.12.73). Said
   * with the size, which the server is told together with whether the track is enabled here.
   */
  #let(track: Track, enabled: boolean, size: Size): void {
    try {
      request({ case: 'enableRemoteTrack', value: { trackHandle: track.ffi_handle.handle, enabled } })
      request({
        case: 'updateRemoteTrackPublicationDimension',
        value: { trackPublicationHandle: this.#publication.ffiHandle.handle, ...size },
      })
    } catch {
      // Unpublished a moment ago: nothing is sent any more.
    }
  }

  #giveBack(): void {
    try {
      this.#publication.setSubscribed(false)
    } catch {
      // As above.
    }
  }
}
