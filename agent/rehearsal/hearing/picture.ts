/** A picture that came in: what can be said of it without seeing. */
export type Picture = { mimeType: string; bytes: number; width: number; height: number }

/** Width and height out of a JPEG's or PNG's own header; undefined where it is neither, or cut short. */
export function pictureSize(data: Buffer): { width: number; height: number } | undefined {
  if (data.length > 24 && data.readUInt32BE(0) === 0x89504e47)
    return { width: data.readUInt32BE(16), height: data.readUInt32BE(20) }
  if (data.length > 4 && data.readUInt16BE(0) === 0xffd8) return jpegSize(data)
  return undefined
}

/** Walks the segments to the frame header (SOF0 to SOF15, but for the tables DHT, JPG and DAC that share its range). ITU T.81 B.2.2 */
function jpegSize(data: Buffer): { width: number; height: number } | undefined {
  let at = 2
  while (at + 9 < data.length && data[at] === 0xff) {
    const marker = data[at + 1]!
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { height: data.readUInt16BE(at + 5), width: data.readUInt16BE(at + 7) }
    // Fill bytes stand alone, everything else before the frame header has a length.
    at += marker === 0xff ? 1 : 2 + data.readUInt16BE(at + 2)
  }
  return undefined
}
