import type { Position } from './position.ts'

/** Variables with the values that each takes, in the order of the file; every combination is meant. */
export type MatrixEntry = readonly MatrixVariable[]

export interface MatrixVariable {
  readonly key: string
  /** At least one. */
  readonly values: readonly string[]
}

/** One item of `needs:` that names a job of this pipeline. */
export interface NeedConfig {
  /** As written: a job, or one of the jobs of a parallel one: `test 1/3`, `build: [arm64]`. */
  readonly job: string
  /** Whether its artifacts are taken along. */
  readonly artifacts: boolean
  /** Whether it may be absent from the pipeline. */
  readonly isOptional: boolean
  /** `parallel:matrix`: only these of its jobs. */
  readonly matrix: readonly MatrixEntry[] | undefined
  readonly at: Position
}
