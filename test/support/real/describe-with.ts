import { describe, test } from 'vitest'
import { type ComponentName, missingComponents } from './component.ts'

/**
 * A suite on real components. Where one is missing the suite is skipped with one line that says what to
 * do; under CI=true, where all of them are expected, that is a failure.
 */
export function describeWith(components: readonly ComponentName[], name: string, suite: () => void): void {
  const missing = missingComponents(components)
  if (missing === undefined) {
    describe(name, suite)
  } else if (process.env.CI === 'true') {
    describe(name, () => {
      test('has its components', () => {
        throw new Error(`missing components: ${missing}`)
      })
    })
  } else {
    process.stderr.write(`skipped "${name}": ${missing}\n`)
    describe.skip(name, suite)
  }
}
