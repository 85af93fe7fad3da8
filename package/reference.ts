import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseSync } from 'vite'

/** One exported thing: its name, its docstring as written, and its declaration without the body. */
export type Entry = { name: string; kind: 'function' | 'type' | 'class'; says: string; code: string }

type Node = { type: string; start: number; end: number; [field: string]: unknown }

/**
 * What `file` exports, in the order in which it is written, re-exports of other files included.
 * @throws Error where a name is exported that no declaration was found for
 */
export function entriesOf(file: string): Entry[] {
  const own = exportsOf(file)
  return own.flatMap(({ entry, from, names }) => {
    if (entry !== undefined) return [entry]
    if (from === undefined) return []
    const there = entriesOf(join(dirname(file), from))
    return (names ?? []).map(name => {
      const found = there.find(one => one.name === name)
      if (found === undefined) throw new Error(`${file} exports ${name}, which ${from} does not declare`)
      return found
    })
  })
}

type Export = { entry?: Entry; from?: string; names?: string[] }

function exportsOf(file: string): Export[] {
  const text = readFileSync(file, 'utf8')
  const { program, comments } = parseSync(file, text)
  const docs = new Map<number, string>()
  for (const { type, value, end } of comments)
    if (type === 'Block' && value.startsWith('*')) docs.set(next(text, end), plain(value))
  return (program.body as unknown as Node[]).flatMap((node): Export[] => {
    if (node.type !== 'ExportNamedDeclaration') return []
    const declaration = node.declaration as Node | null
    if (declaration === null) {
      const source = node.source as { value: string } | null
      const names = (node.specifiers as { local: { name: string } }[]).map(({ local }) => local.name)
      return source === null ? [] : [{ from: source.value, names }]
    }
    const kind = kinds[declaration.type]
    if (kind === undefined) return []
    const { name } = declaration.id as { name: string }
    const code = codeOf(text, declaration).replace(/^export /, '')
    return [{ entry: { name, kind, says: docs.get(node.start) ?? '', code } }]
  })
}

const kinds: Record<string, Entry['kind']> = {
  FunctionDeclaration: 'function',
  TSTypeAliasDeclaration: 'type',
  ClassDeclaration: 'class',
}

/** A type as it is written; of functions, and of what a class can do, everything but the bodies. */
function codeOf(text: string, node: Node): string {
  if (node.type === 'FunctionDeclaration') return text.slice(node.start, (node.body as Node).start).trimEnd()
  // To the end of its line, where the comment on its last member may stand.
  if (node.type !== 'ClassDeclaration') return text.slice(node.start, text.indexOf('\n', node.end)).trimEnd()
  const body = node.body as Node & { body: Node[] }
  const members = body.body.filter(({ key }) => (key as Node | undefined)?.type !== 'PrivateIdentifier')
  const lines = members.map(member => {
    const method = member.value as Node | null
    const end =
      member.type === 'MethodDefinition' ? ((method?.body as Node | null)?.start ?? member.end) : member.end
    return `  ${text.slice(member.start, end).trimEnd()}`
  })
  return `${text.slice(node.start, body.start).trimEnd()} {\n${lines.join('\n')}\n}`
}

/** Where the next word begins. */
function next(text: string, from: number): number {
  return from + /^\s*/.exec(text.slice(from))![0].length
}

/** A docstring without its stars. */
function plain(comment: string): string {
  return comment
    .split('\n')
    .map(line => line.replace(/^\s*\*+ ?/, ''))
    .join('\n')
    .trim()
}

/** The reference as Markdown: a heading, the docstring and the declaration for each entry, functions first. */
export function pageOf(entries: readonly Entry[]): string {
  const order = ['function', 'type', 'class']
  const sorted = entries.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
  const parts = sorted.map(({ name, says, code }) => {
    const [words = '', ...tags] = says.split(/\n(?=@)/)
    const notes = tags.map(
      tag => `- ${tag.replace(/^@(\w+)\s*/, (_, kind: string) => `**${kind}** `).replaceAll('\n', ' ')}`,
    )
    const body = [words.replaceAll('\n', ' '), notes.join('\n'), `\`\`\`ts\n${code}\n\`\`\``]
    return [`## ${name}`, ...body.filter(text => text !== '')].join('\n\n')
  })
  return `${HEAD}\n\n${parts.join('\n\n')}\n`
}

const HEAD = `# Roundtable as a library

\`import { converse, worker } from 'roundtable'\`. This page is made of the docstrings by \`npm run docs\`; an example is
[examples/agent.ts](../examples/agent.ts).`
