/** What the doctor says of one thing, in one line. */
export type Finding = {
  isWell: boolean
  /** What was looked at: a setting, or a part of the whole. */
  of: string
  /** What is there; where it is not well, what to do. One sentence. */
  what: string
}

export function well(of: string, what: string): Finding {
  return { isWell: true, of, what }
}

export function ill(of: string, what: string): Finding {
  return { isWell: false, of, what }
}

/** `ok` or `wrong`, what of, and the sentence, in columns. A sentence of several lines becomes one. */
export function lineOf({ isWell, of, what }: Finding): string {
  return `${(isWell ? 'ok' : 'wrong').padEnd(6)} ${of.padEnd(20)} ${what.replace(/\s*\n\s*/g, ' ')}`
}
