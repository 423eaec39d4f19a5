import type { ArtifactConfig, CacheConfig } from './artifact-config.ts'
import type { ImageConfig, ServiceConfig } from './image-config.ts'
import type { MatrixEntry, NeedConfig } from './need-config.ts'
import type { Position } from './position.ts'
import type { JobWhen, RefPolicyConfig, RuleConfig } from './rule-config.ts'
import type { InheritedVariables, VariableConfig } from './variable-config.ts'

/**
 * One job as its file has it: extended, references resolved, defaults taken in and every keyword checked. Whether it
 * is created, how often, and with which values is not decided yet; nothing is expanded.
 */
export interface JobConfig {
  readonly name: string
  /** One of the pipeline's. */
  readonly stage: string
  /** Its name in the file. */
  readonly at: Position
  readonly image: ImageConfig | undefined
  readonly services: readonly ServiceConfig[]
  readonly beforeScript: readonly string[]
  /** Empty only when `notRun` says why. */
  readonly script: readonly string[]
  readonly afterScript: readonly string[]
  /** `hooks:pre_get_sources_script`. */
  readonly preGetSourcesScript: readonly string[]
  /** The job's own, in the order of the file. Those of the pipeline come before, as `inheritVariables` says. */
  readonly variables: readonly VariableConfig[]
  readonly inheritVariables: InheritedVariables
  /** Undefined: none were written. Then `only` and `except` decide. */
  readonly rules: readonly RuleConfig[] | undefined
  readonly only: RefPolicyConfig | undefined
  readonly except: RefPolicyConfig | undefined
  readonly when: JobWhen
  /** With `when: delayed`. */
  readonly startInMs: number | undefined
  /** Undefined: not written, so `when` decides. */
  readonly allowFailure: AllowFailureConfig | undefined
  /** Undefined: the job waits for the stages before it. Empty: for nothing. */
  readonly needs: readonly NeedConfig[] | undefined
  /** Undefined: artifacts of all jobs of earlier stages, or of the needs. */
  readonly dependencies: readonly string[] | undefined
  readonly artifacts: ArtifactConfig | undefined
  readonly caches: readonly CacheConfig[]
  readonly retry: RetryConfig
  /** Undefined: that of the project. */
  readonly timeoutMs: number | undefined
  readonly parallel: ParallelConfig | undefined
  readonly environment: EnvironmentConfig | undefined
  readonly tags: readonly string[]
  readonly isInterruptible: boolean
  /** Not expanded. */
  readonly resourceGroup: string | undefined
  /** A pattern with its slashes, found in the log. */
  readonly coverage: string | undefined
  /** Why nothing of this job is run here, as a sentence: it starts another pipeline, or is not all there. */
  readonly notRun: string | undefined
}

/** Any failure, none, or only these exit codes. */
export type AllowFailureConfig = boolean | { readonly exitCodes: readonly number[] }

export interface RetryConfig {
  /** 0 to 2: how often the job is tried again. */
  readonly max: number
  /** Reasons of failure; empty with no `exitCodes`: every failure. One that fits either is tried again. */
  readonly when: readonly string[]
  readonly exitCodes: readonly number[]
}

export type ParallelConfig =
  | { readonly kind: 'count'; readonly count: number; readonly at: Position }
  | { readonly kind: 'matrix'; readonly entries: readonly MatrixEntry[]; readonly at: Position }

/** Not expanded. */
export interface EnvironmentConfig {
  readonly name: string
  readonly url: string | undefined
  readonly action: string
  readonly tier: string | undefined
  readonly onStop: string | undefined
}
