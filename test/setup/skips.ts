import type { Reporter, TestModule, Vitest } from 'vitest/node'
import { lineToGet, missing } from './tool.ts'

/** Says at the end, loudly, how many tests were skipped, and for want of what. */
export default class Skips implements Reporter {
  #isPart = false

  onInit({ config }: Vitest): void {
    // With -t nearly all are skipped, as wished.
    this.#isPart = config.testNamePattern !== undefined
  }

  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    if (this.#isPart) return
    const all = modules.flatMap(one => [...one.children.allTests('skipped')])
    if (all.length === 0) return
    const absent = await missing(['chromium', 'espeak-ng', 'livekit-server'])
    console.error(`\n${all.length} TESTS WERE SKIPPED.`)
    for (const tool of absent) console.error(`  ${tool} is missing here; to get it: ${lineToGet(tool)}`)
    if (absent.length === 0)
      for (const test of all) console.error(`  ${test.module.moduleId}: ${test.fullName}`)
  }
}
