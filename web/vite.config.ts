import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  logLevel: 'warn',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The oldest browsers that know light-dark().
    target: ['chrome123', 'firefox120', 'safari17.5'],
    // An inlined picture would need `data:` in the content security policy.
    assetsInlineLimit: 0,
    // An inline script would need a hole there too.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  experimental: {
    // Relative, so that a proxy may serve the page under a path of its own. The page itself is at r/<room>.
    renderBuiltUrl: (file, { hostType }) => (hostType === 'html' ? `../${file}` : { relative: true }),
  },
})
