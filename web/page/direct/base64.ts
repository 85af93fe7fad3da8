/** So many bytes become a string at once: more arguments than an engine takes in one call. */
const PIECE = 0x2000

export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += PIECE)
    binary += String.fromCharCode(...bytes.subarray(at, at + PIECE))
  return btoa(binary)
}

/** PCM16 little-endian samples out of base64, standard or URL-safe; a half sample at the end is cut off. */
export function samplesFrom(base64: string): Int16Array<ArrayBuffer> {
  const binary = atob(base64.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = new Uint8Array(binary.length - (binary.length % 2))
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i)
  // Every browser runs on little-endian machines.
  return new Int16Array(bytes.buffer)
}
