/** Where the parts of a WebAssembly file lie that matter for running it again and again in one memory. */
export type Layout = {
  /** Bytes of the file up to the end of its data: what follows is names and debug tables. */
  usedBytes: number
  /** Addresses from here on are variables; below lie constants, which no run changes. 0 where that cannot be told. */
  variablesFrom: number
}

const DATA_SECTION = 11

/** Reads the sections of a module. https://webassembly.github.io/spec/core/binary/modules.html */
export function layoutOf(bytes: Uint8Array): Layout {
  let at = 8
  const whole = () => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
  }
  while (at < bytes.length) {
    const section = bytes[at++]
    const length = whole()
    const end = at + length
    if (section !== DATA_SECTION) {
      at = end
      continue
    }
    // The linker puts constants into the first segment and variables into the second; any other layout counts as all variables.
    const segments = whole()
    const addresses: number[] = []
    for (let i = 0; i < segments; i++) {
      const isPlain = whole() === 0 && bytes[at++] === 0x41
      if (!isPlain) return { usedBytes: end, variablesFrom: 0 }
      addresses.push(whole())
      at++
      const size = whole()
      at += size
    }
    return { usedBytes: end, variablesFrom: addresses.length === 2 ? addresses[1]! : 0 }
  }
  return { usedBytes: bytes.length, variablesFrom: 0 }
}
