import { defineConfig } from 'vitest/config'

/** Apart from `npm test`, which needs none of these packages. */
export default defineConfig({ test: { include: ['test/frontends/*.spec.ts'], hookTimeout: 120_000 } })
