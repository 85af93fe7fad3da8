/** Who has the turn. The user's activity is not in here: under NO_INTERRUPTION people talk while the model does. */
export type Phase =
  | { at: 'listening' }
  /** An answer is being made and sent. */
  | { at: 'speaking' }
  /** All of it is sent; `turnComplete` waits until it can have been heard. */
  | { at: 'playing' }

/** Prompts that wait for the turn in progress: text is never dropped, so the bound ends the session instead. */
export type Floor<P> = { phase: Phase; waiting: readonly P[] }

export type FloorEvent<P> =
  /** The user began to speak. */
  | { kind: 'activity'; interrupts: boolean }
  /** The user is done: this is to be answered. */
  | { kind: 'prompt'; prompt: P; interrupts: boolean }
  | { kind: 'generated' }
  | { kind: 'played' }

export type FloorEffect<P> =
  /** Stop the answer, say `interrupted`, then `turnComplete`. */
  | { kind: 'interrupt' }
  /** Say `turnComplete`. */
  | { kind: 'complete' }
  | { kind: 'answer'; prompt: P }

export const MOST_WAITING_PROMPTS = 100

export function openFloor<P>(): Floor<P> {
  return { phase: { at: 'listening' }, waiting: [] }
}

/** The next state and what is to be done, in order. */
export function next<P>(
  floor: Floor<P>,
  event: FloorEvent<P>,
): { floor: Floor<P>; effects: FloorEffect<P>[] } {
  const { phase, waiting } = floor
  switch (event.kind) {
    case 'activity':
      if (phase.at === 'listening' || !event.interrupts) return { floor, effects: [] }
      return take({ phase: { at: 'listening' }, waiting }, [{ kind: 'interrupt' }])
    case 'prompt': {
      if (phase.at === 'listening') return take({ phase, waiting: [...waiting, event.prompt] }, [])
      if (!event.interrupts) return { floor: { phase, waiting: [...waiting, event.prompt] }, effects: [] }
      return take({ phase: { at: 'listening' }, waiting: [...waiting, event.prompt] }, [
        { kind: 'interrupt' },
      ])
    }
    case 'generated':
      return phase.at === 'speaking'
        ? { floor: { phase: { at: 'playing' }, waiting }, effects: [] }
        : { floor, effects: [] }
    case 'played':
      if (phase.at !== 'playing') return { floor, effects: [] }
      return take({ phase: { at: 'listening' }, waiting }, [{ kind: 'complete' }])
  }
}

/** A free floor goes to the first who waits. */
function take<P>(floor: Floor<P>, effects: FloorEffect<P>[]): { floor: Floor<P>; effects: FloorEffect<P>[] } {
  const [prompt, ...waiting] = floor.waiting
  if (prompt === undefined) return { floor, effects }
  return {
    floor: { phase: { at: 'speaking' }, waiting },
    effects: [...effects, { kind: 'answer', prompt }],
  }
}
