import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/setup/skips.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores carry the media of the end-to-end tests in real time: more files at once would starve them.
    maxWorkers: 2,
  },
})
