import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, preview } from 'vite'

const PAGES = join(import.meta.dirname, 'pages')
export const pages = ['starter', 'playground', 'meet'] as const
export type PageName = (typeof pages)[number]

export type FrontEnds = AsyncDisposable & {
  /** Where one of them is, for somebody who is to get their token at `endpoint`. */
  address(page: PageName, endpoint: string, person: string): string
}

/** The pages, built and served on loopback, as a developer's own front end would be: from another origin than ours. */
export async function serveFrontEnds(): Promise<FrontEnds> {
  await using started = new AsyncDisposableStack()
  const dist = await mkdtemp(join(tmpdir(), 'front-ends-'))
  started.defer(() => rm(dist, { recursive: true, force: true }))
  const input = Object.fromEntries(pages.map(name => [name, join(PAGES, `${name}.html`)]))
  const common = { configFile: false, root: PAGES, logLevel: 'warn' } as const
  const rollupOptions = { input }
  await build({
    ...common,
    build: { outDir: dist, emptyOutDir: true, chunkSizeWarningLimit: 2_000, minify: false, rollupOptions },
  })
  const server = await preview({
    ...common,
    build: { outDir: dist },
    preview: { host: '127.0.0.1', port: 0, strictPort: true },
  })
  started.defer(() => server.close())
  const [base = ''] = server.resolvedUrls?.local ?? []
  const owned = started.move()
  return {
    address: (page, endpoint, name) => `${base}${page}.html?${new URLSearchParams({ endpoint, name })}`,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
