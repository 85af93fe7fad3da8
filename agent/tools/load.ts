import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { asError, ToolError } from '../errors.ts'
import { type ReadyTool, readyTool } from './tool.ts'

/**
 * Every tool that a module exports: by a name, by default, or in a list.
 * @param path as TOOLS has it, relative to the working directory
 * @throws ToolError that names the file and what is wrong with it
 */
export async function loadTools(path: string): Promise<ReadyTool[]> {
  const file = resolve(path)
  if (!existsSync(file)) throw new ToolError(`names the file ${path}, which is not there`)
  let exports: Record<string, unknown>
  try {
    exports = await import(pathToFileURL(file).href)
  } catch (thrown) {
    // The stack of a syntax error is where it stands; its message alone does not say.
    const where = /^(file:\S+:\d+)$/m.exec(asError(thrown).stack ?? '')?.[1]
    const line = where === undefined ? '' : ` (line ${where.split(':').at(-1)})`
    throw new ToolError(
      `names the file ${path}, which does not load: ${asError(thrown).message.split('\n')[0]}${line}`,
      {
        cause: thrown,
      },
    )
  }
  const tools = [...new Set(Object.values(exports).flat())].filter(looksLikeTool)
  if (tools.length === 0)
    throw new ToolError(
      `names the file ${path}, which exports no tool (an object with a name, a description and run)`,
    )
  return tools.map(tool => readyTool(tool, path))
}

/** Whatever has some of a tool is meant to be one, and is told what it lacks. */
function looksLikeTool(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    ('run' in value || ('name' in value && 'description' in value))
  )
}
