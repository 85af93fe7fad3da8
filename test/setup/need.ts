import { lineToGet, missing, type Tool } from './tool.ts'

/**
 * Whether this machine has what some tests need: `describe.runIf(await need('chromium'))`. Where it has not, they are
 * skipped, and the end of the run says how many and why.
 * @throws Error on a CI machine, where nobody would notice tests that are skipped.
 */
export async function need(...tools: Tool[]): Promise<boolean> {
  const absent = await missing(tools)
  if (absent.length > 0 && process.env.CI)
    throw new Error(`These tests need ${absent.map(tool => `${tool} (${lineToGet(tool)})`).join(' and ')}`)
  return absent.length === 0
}
