import type { Microphone } from './hearing.ts'
import { joined } from './pcm.ts'

/**
 * A microphone whose owner was recorded before it could be heard. What comes live waits for the recording, then all of that is handed
 * over at once, in order, and the rest goes on to `next` as it comes.
 * @param recording 16 kHz mono; settles within seconds
 * @param before takes what was said before now
 */
export function withPrelude(
  next: Microphone,
  recording: Promise<Int16Array>,
  before: (pcm: Int16Array) => void,
): Microphone {
  let waiting: Int16Array[] | undefined = []
  const play = (recorded: Int16Array) => {
    const parts = [recorded, ...(waiting ?? [])]
    waiting = undefined
    before(joined(parts))
  }
  void recording.then(play, () => play(new Int16Array(0)))
  return {
    push: pcm => {
      if (waiting === undefined) next.push(pcm)
      else waiting.push(pcm)
    },
    close: () => next.close(),
  }
}
