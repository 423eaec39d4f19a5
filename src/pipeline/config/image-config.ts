import type { PullPolicy } from '../../executor/job/job.ts'
import type { Position } from './position.ts'
import type { VariableConfig } from './variable-config.ts'

/** `image:`, not expanded. */
export interface ImageConfig {
  readonly name: string
  /** Absent: the image's own. `[""]` takes it away. */
  readonly entrypoint: readonly string[] | undefined
  /** In the order in which they are tried; empty: the executor's. */
  readonly pullPolicies: readonly PullPolicy[]
  readonly platform: string | undefined
  readonly user: string | undefined
  readonly at: Position
}

/** One item of `services:`, not expanded. */
export interface ServiceConfig extends ImageConfig {
  /** As written: one or several, by comma or space. */
  readonly alias: string | undefined
  readonly command: readonly string[] | undefined
  readonly variables: readonly VariableConfig[]
}
