import type { JobVariable } from '../../executor/job/job.ts'

/** Takes the values of masked variables out of texts that they were put into. */
export function hideMasked(variables: readonly JobVariable[]): (text: string) => string {
  const secrets = variables
    .filter(({ isMasked, value }) => isMasked && value !== '')
    .map(({ value }) => value)
    // One may be a part of another: the longer goes first, so that nothing of it is left.
    .toSorted((left, right) => right.length - left.length)
  return (text) => secrets.reduce((shown, secret) => shown.replaceAll(secret, '[MASKED]'), text)
}
