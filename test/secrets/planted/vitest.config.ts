import { defineConfig } from 'vitest/config'

/** A run with one test that passes and leaks: leak-watch.test.ts looks at how it ends. */
export default defineConfig({
  oxc: { target: 'node20' },
  test: {
    include: ['test/secrets/planted/leak.ts'],
    globalSetup: 'test/support/secrets/at-the-end.ts',
  },
})
