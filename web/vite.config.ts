import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

/** Vite's way to fetch style sheets and scripts ahead of a chunk is larger than our lobby; the page does that by itself. */
const withoutPreload: Plugin = {
  name: 'without-preload',
  enforce: 'pre',
  load: id =>
    id.endsWith('vite/preload-helper.js') ? 'export const __vitePreload = load => load()' : undefined,
}

/** Nobody reads the indentation over the wire. */
const withoutIndent: Plugin = {
  name: 'without-indent',
  transformIndexHtml: { order: 'post', handler: html => html.replace(/\n\s+/g, '\n') },
}

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

export default defineConfig({
  root: here('.'),
  logLevel: 'warn',
  plugins: [withoutPreload, withoutIndent],
  // The worklets of the page that talks to the Live API by itself.
  worker: { rollupOptions: { output: { entryFileNames: 'assets/direct-[name]-[hash].js' } } },
  build: {
    rollupOptions: { input: { index: here('index.html'), direct: here('direct.html') } },
    outDir: 'dist',
    emptyOutDir: true,
    // The oldest browsers that know light-dark().
    target: ['chrome123', 'firefox120', 'safari17.5'],
    // An inlined picture would need `data:` in the content security policy.
    assetsInlineLimit: 0,
    // An inline script would need a hole there too.
    modulePreload: false,
    chunkSizeWarningLimit: 700,
  },
  experimental: {
    // Relative, so that a proxy may serve the page under a path of its own. The page itself is at r/<room>.
    renderBuiltUrl: (file, { hostType }) => (hostType === 'html' ? `../${file}` : { relative: true }),
  },
})
