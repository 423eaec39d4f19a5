import { defineConfig } from 'vitest/config'

/** Suites that start engines, registries and whole servers: slow, and two at a time would starve each other. */
const REAL_PARTS = ['test/clients/**/*.test.ts', 'test/faults/**/*.test.ts', 'test/real/**/*.test.ts']

/** Node 20 has no `await using`; the transform compiles it down. */
const oxc = { target: 'node20' }

/** A file for the results as JSON, for scripts that count them. */
const report = process.env.TEST_REPORT

/** Fails the run when a secret of a test was printed, logged or stored. */
const LEAKS = 'test/support/secrets/at-the-end.ts'

export default defineConfig({
  test: {
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    projects: [
      {
        oxc,
        test: {
          name: 'unit',
          globalSetup: LEAKS,
          include: ['test/**/*.test.ts'],
          exclude: REAL_PARTS,
          testTimeout: 10_000,
          expect: { poll: { timeout: 9_000 } },
          hookTimeout: 10_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        oxc,
        test: {
          name: 'real',
          globalSetup: LEAKS,
          include: REAL_PARTS,
          testTimeout: 120_000,
          expect: { poll: { timeout: 30_000 } },
          hookTimeout: 180_000,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
