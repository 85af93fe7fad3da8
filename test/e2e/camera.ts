import {
  type LocalTrackPublication,
  LocalVideoTrack,
  type Room,
  TrackPublishOptions,
  TrackSource,
  VideoBufferType,
  VideoFrame,
  type VideoRotation,
  VideoSource,
} from '@livekit/rtc-node'

export type CameraOptions = {
  source?: 'camera' | 'screen'
  width?: number
  height?: number
  fps?: number
  simulcast?: boolean
  /** Which of the four colours comes first, 0 to 3: to tell one camera from another. */
  hue?: number
  /** How the picture has to be turned to stand upright, as a phone that is held another way says. */
  rotation?: VideoRotation
}

/** Bits of the counter; one cell each along the upper edge. */
const BITS = 16
/** The counter's share of the height. */
const STRIP = 1 / 10

/** Y, U, V of the four quarters in reading order: red, green, blue, yellow. */
const quarters = [
  [81, 90, 240],
  [145, 54, 34],
  [41, 240, 110],
  [210, 16, 146],
] as const

/**
 * A camera or screen that shows four coloured quarters, a white bar that wanders over them, and along the upper edge the number of
 * the frame in black and white cells.
 */
export class Camera implements AsyncDisposable {
  readonly #room: Room
  readonly #source: VideoSource
  readonly #track: LocalVideoTrack
  readonly #frame: VideoFrame
  readonly #options: Required<CameraOptions>
  #publication: LocalTrackPublication | undefined
  #timer: NodeJS.Timeout | undefined
  #count = 0

  private constructor(room: Room, options: Required<CameraOptions>) {
    this.#room = room
    this.#options = options
    const { width, height } = options
    this.#source = new VideoSource(width, height)
    this.#track = LocalVideoTrack.createVideoTrack(options.source, this.#source)
    const chroma = Math.ceil(width / 2) * Math.ceil(height / 2)
    this.#frame = new VideoFrame(
      new Uint8Array(width * height + 2 * chroma),
      width,
      height,
      VideoBufferType.I420,
    )
  }

  /** Publishes it; frames come from now on. */
  static async show(room: Room, options: CameraOptions = {}): Promise<Camera> {
    const camera = new Camera(room, {
      source: 'camera',
      width: 640,
      height: 360,
      fps: 15,
      simulcast: false,
      hue: 0,
      rotation: 0,
      ...options,
    })
    await camera.#publish()
    camera.thaw()
    return camera
  }

  /** The number of the newest frame. */
  get count(): number {
    return this.#count
  }

  get id(): string {
    return this.#publication!.sid!
  }

  /** Stays published, and no frame comes. */
  freeze(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  thaw(): void {
    this.freeze()
    this.#timer = setInterval(() => this.#capture(), 1000 / this.#options.fps)
  }

  /** As the camera button does. rtc-node does not wrap it. */
  mute(mute: boolean): void {
    const value = { trackHandle: this.#track.ffi_handle.handle, mute }
    globalThis._ffiClientInstance!.request({ message: { case: 'localTrackMute', value } })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.freeze()
    if (this.#room.isConnected) await this.#room.localParticipant!.unpublishTrack(this.id)
    await this.#track.close()
  }

  async #publish(): Promise<void> {
    const options = new TrackPublishOptions()
    const isScreen = this.#options.source === 'screen'
    options.source = isScreen ? TrackSource.SOURCE_SCREENSHARE : TrackSource.SOURCE_CAMERA
    options.simulcast = this.#options.simulcast
    this.#publication = await this.#room.localParticipant!.publishTrack(this.#track, options)
  }

  #capture(): void {
    this.#count++
    draw(this.#frame, this.#count, this.#options.hue)
    this.#source.captureFrame(
      this.#frame,
      BigInt(Math.round(performance.now() * 1000)),
      this.#options.rotation,
    )
  }
}

function draw({ data, width, height }: VideoFrame, count: number, hue: number): void {
  const colour = (quarter: number) => quarters[(quarter + hue) % 4]!
  const chromaWidth = Math.ceil(width / 2)
  const chromaHeight = Math.ceil(height / 2)
  const u = width * height
  const v = u + chromaWidth * chromaHeight
  const bar = (count * 8) % width
  for (let y = 0; y < height; y++) {
    const row = y * width
    if (y < height * STRIP) {
      for (let bit = 0; bit < BITS; bit++) {
        const level = (count >> (BITS - 1 - bit)) & 1 ? 235 : 16
        data.fill(level, row + Math.floor((bit * width) / BITS), row + Math.floor(((bit + 1) * width) / BITS))
      }
    } else {
      const lower = y < height / 2 ? 0 : 2
      data.fill(colour(lower)[0], row, row + width / 2)
      data.fill(colour(lower + 1)[0], row + width / 2, row + width)
      if (y > height * 0.45 && y < height * 0.55) data.fill(235, row + bar, row + Math.min(width, bar + 24))
    }
  }
  for (let y = 0; y < chromaHeight; y++) {
    const lower = y < chromaHeight / 2 ? 0 : 2
    for (const [plane, part] of [
      [u, 1],
      [v, 2],
    ] as const) {
      const row = plane + y * chromaWidth
      const isStrip = y < chromaHeight * STRIP
      data.fill(isStrip ? 128 : colour(lower)[part], row, row + chromaWidth / 2)
      data.fill(isStrip ? 128 : colour(lower + 1)[part], row + chromaWidth / 2, row + chromaWidth)
    }
  }
}

/** The number of the frame that an upright picture shows: red, green and blue, a byte each. */
export function countIn(rgb: Uint8Array, width: number, height: number): number {
  let count = 0
  const y = Math.floor((height * STRIP) / 2)
  for (let bit = 0; bit < BITS; bit++) {
    const x = Math.floor(((bit + 0.5) * width) / BITS)
    count = count * 2 + (rgb[(y * width + x) * 3 + 1]! > 127 ? 1 : 0)
  }
  return count
}
