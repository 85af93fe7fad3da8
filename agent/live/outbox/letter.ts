import { msOf } from '../../audio/pcm.ts'
import { HEARING_RATE, type Ms } from '../../units.ts'
import type { ToolCall } from '../events.ts'

/** Something for the model. Everything goes out in the order in which it came. */
export type Letter =
  /** 16 kHz mono PCM16. */
  | { kind: 'audio'; pcm: Int16Array }
  /** The microphones are off. */
  | { kind: 'pause' }
  /** Marks of somebody who talks by pressing, for sessions whose own detector is off. */
  | { kind: 'activityStart' }
  | { kind: 'activityEnd' }
  /** Words to be answered. */
  | { kind: 'text'; text: string }
  /** Words to be known, not answered. */
  | { kind: 'context'; text: string }
  | {
      kind: 'result'
      call: ToolCall
      response: Record<string, unknown>
      how: ResultManner
      /** The session may not know the call, or have closed it: it is told what came of it. */
      inWords?: boolean
    }

/** How a tool's answer is to be taken, where the model has a choice. */
export type ResultManner = {
  scheduling?: 'SILENT' | 'WHEN_IDLE' | 'INTERRUPT'
  willContinue?: boolean
}

/** Whether it is part of what somebody says aloud. */
export function isSpoken({ kind }: Letter): boolean {
  return kind === 'audio' || kind === 'activityStart' || kind === 'activityEnd'
}

/** Whether it is to be answered, not only known. */
export function isAsking(letter: Letter): boolean {
  return letter.kind !== 'context' && !(letter.kind === 'result' && letter.how.scheduling === 'SILENT')
}

/** How long it sounds, ms. */
export function lengthOf(letter: Letter): Ms {
  return letter.kind === 'audio' ? msOf(letter.pcm.length, HEARING_RATE) : 0
}
