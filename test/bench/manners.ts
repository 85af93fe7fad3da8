import type { Measure } from './bench.ts'
import { evening, play, type Words } from './evening.ts'
import { figure, type Row } from './report.ts'

const orders: readonly Words[] = ['before', 'late', 'in pieces']

/** Whether the agent is heard when it was meant, and only then: a dialogue in known words, without any model. */
export const manners: Measure = {
  name: 'manners',
  async run({ kinds, tell }) {
    if (!kinds.includes('ours')) return []
    tell('manners: an evening of three')
    let [unasked, missed] = [0, 0]
    for (const words of orders) {
      const answered = play(evening, words)
      unasked += evening.filter(({ isMeant }, i) => !isMeant && answered[i]).length
      missed += evening.filter(({ isMeant }, i) => isMeant && !answered[i]).length
    }
    const lines = evening.length * orders.length
    return [
      row(`of ${lines} lines: answered, not meant`, unasked),
      row(`of ${lines} lines: meant, missed`, missed),
    ]
  },
}

function row(what: string, count: number): Row {
  return { what, bare: '', ours: figure(count, 0), bar: '0', isReached: count === 0 }
}
