/** Finds all places of a text, with what their groups hold. Linear in its length. */
export interface Coverage {
  /** One list per place: the whole when the pattern has no groups, else what the groups hold. */
  findAll(text: string): readonly (readonly string[])[]
}

const NUMBER = /\d+(?:\.\d+)?/

/**
 * What a line of a job's log tells of coverage, as GitLab finds it: the first number of the last thing that `coverage`
 * finds in it. Lines that come later win.
 */
export function findCoverage(coverage: Coverage | undefined, line: string): string | undefined {
  const last = coverage?.findAll(line).at(-1)?.at(-1)
  return last === undefined ? undefined : NUMBER.exec(last)?.[0]
}
