import { findProgram } from '../../test/support/real/component.ts'

/** What makes the load, and the Debian package that brings it. */
const PACKAGES = { curl: 'curl', wrk: 'wrk' }

export type LoadProgram = keyof typeof PACKAGES

/** How to install what is missing; undefined when nothing is. */
export function missingPrograms(names: readonly LoadProgram[]): string | undefined {
  const missing = names.filter((name) => findProgram(name) === undefined)
  return missing.length === 0
    ? undefined
    : `apt-get install ${missing.map((name) => PACKAGES[name]).join(' ')}`
}
