/** The few pieces of ASN.1 in its distinguished encoding that a certificate is made of. ITU-T X.690 */
export const sequence = (...parts: Buffer[]) => tagged(0x30, Buffer.concat(parts))
export const set = (...parts: Buffer[]) => tagged(0x31, Buffer.concat(parts))
export const boolean = (value: boolean) => tagged(0x01, Buffer.from([value ? 0xff : 0]))
export const octets = (bytes: Buffer) => tagged(0x04, bytes)
export const utf8 = (text: string) => tagged(0x0c, Buffer.from(text))

/** A value under `tag`, with its length in the shortest form. */
export function tagged(tag: number, value: Buffer): Buffer {
  if (value.length < 0x80) return Buffer.concat([Buffer.from([tag, value.length]), value])
  const digits: number[] = []
  for (let rest = value.length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256)
  return Buffer.concat([Buffer.from([tag, 0x80 | digits.length, ...digits]), value])
}

/** A number that is not negative, given by its bytes. */
export function integer(bytes: Buffer): Buffer {
  let from = 0
  while (from < bytes.length - 1 && bytes[from] === 0) from++
  const shortest = bytes.subarray(from)
  // The first bit is the sign.
  const isNegative = (shortest[0]! & 0x80) !== 0
  return tagged(0x02, isNegative ? Buffer.concat([Buffer.from([0]), shortest]) : shortest)
}

/** Bits that end at a whole byte, but for `unused` at the end. */
export const bits = (bytes: Buffer, unused = 0) => tagged(0x03, Buffer.concat([Buffer.from([unused]), bytes]))

/** An object identifier such as 2.5.4.3. */
export function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second]
  for (const number of rest) {
    const groups = [number % 128]
    for (let left = Math.floor(number / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift(0x80 | (left % 128))
    bytes.push(...groups)
  }
  return tagged(0x06, Buffer.from(bytes))
}

/** A moment before 2050, to the second. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]/g, '').slice(2, 14)
  return tagged(0x17, Buffer.from(`${digits}Z`))
}
