import type { Position } from './position.ts'

/** One entry of `variables:`, not expanded. */
export interface VariableConfig {
  readonly key: string
  readonly value: string
  /** `expand: false`: taken as it is wherever it is used. */
  readonly isRaw: boolean
  readonly at: Position
}

/** `inherit:variables`: all of those at the top, none, or these. */
export type InheritedVariables = boolean | readonly string[]
