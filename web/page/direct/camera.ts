/** The model takes a picture a second, and no side longer than this. */
const EVERY_MS = 1000
const MOST_PIXELS = 768

/** The person's camera, a picture a second. */
export type Camera = { close(): void }

/**
 * Shows the camera in `sight` and hands over a JPEG each second.
 * @throws DOMException where there is none, or it may not be used
 */
export async function openCamera(
  sight: HTMLVideoElement,
  onPicture: (jpeg: Uint8Array) => void,
): Promise<Camera> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 } } })
  sight.srcObject = stream
  sight.hidden = false
  await sight.play()
  const canvas = document.createElement('canvas')
  const take = () => {
    const { videoWidth, videoHeight } = sight
    if (videoWidth === 0) return
    const scale = Math.min(1, MOST_PIXELS / Math.max(videoWidth, videoHeight))
    canvas.width = Math.round(videoWidth * scale)
    canvas.height = Math.round(videoHeight * scale)
    canvas.getContext('2d')?.drawImage(sight, 0, 0, canvas.width, canvas.height)
    canvas.toBlob(
      blob => void blob?.arrayBuffer().then(bytes => onPicture(new Uint8Array(bytes))),
      'image/jpeg',
      0.8,
    )
  }
  take()
  const timer = setInterval(take, EVERY_MS)
  return {
    close() {
      clearInterval(timer)
      for (const track of stream.getTracks()) track.stop()
      sight.srcObject = null
      sight.hidden = true
    },
  }
}
