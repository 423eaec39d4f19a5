/** Where something stands in a file of the project. */
export interface Position {
  /** Relative to the project: `ci/build.yml`. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
}
