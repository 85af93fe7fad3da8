import { beforeEach, describe, expect, it } from 'vitest'
import { builtinTools } from '../../../agent/tools/builtin.ts'
import { readyTool } from '../../../agent/tools/tool.ts'

let done: string[]

beforeEach(() => {
  done = []
})

function tools(taken: string[] = []) {
  const around = {
    people: () => ['Ana', 'Ben'],
    speakers: () => [
      { name: 'Ben', agoMs: 0 },
      { name: 'Ana', agoMs: 12_340 },
    ],
    hush: () => done.push('hush'),
    leave: () => done.push('leave'),
  }
  const others = taken.map(name => readyTool({ name, description: 'x', run: () => '' }, 'a file'))
  return builtinTools(around, others)
}

function run(name: string): unknown {
  const tool = tools().find(one => one.name === name)!
  const context = { signal: new AbortController().signal, room: 'r', people: () => [], asker: () => '' }
  return tool.run({}, context as Parameters<typeof tool.run>[1])
}

describe('the model', () => {
  it('may ask who is here, and who spoke last', () => {
    expect(run('who_is_here')).toEqual({ people: ['Ana', 'Ben'] })
    expect(run('who_spoke_last')).toEqual({
      speakers: [
        { name: 'Ben', secondsAgo: 0 },
        { name: 'Ana', secondsAgo: 12.3 },
      ],
    })
  })

  it('may end its turn, and leave', () => {
    run('end_turn')
    run('leave_room')
    expect(done).toEqual(['hush', 'leave'])
  })

  it('has the operator’s tool where that has the same name', () => {
    expect(tools(['leave_room']).map(({ name }) => name)).toEqual([
      'who_is_here',
      'who_spoke_last',
      'end_turn',
    ])
  })
})
