import type { Dialect } from './config/pipeline-config.ts'
import type { OriginVariable } from './variables/origin-variable.ts'

/** What starts a pipeline; CI_PIPELINE_SOURCE says it in GitLab's words. */
export const PIPELINE_EVENTS = ['push', 'merge_request', 'schedule', 'web'] as const
export type PipelineEvent = (typeof PIPELINE_EVENTS)[number]

/** All that a pipeline file is planned with: of the project, of the commit, and of this run. */
export interface PipelineContext {
  readonly event: PipelineEvent
  readonly project: ProjectFacts
  readonly commit: CommitFacts
  readonly ref: RefFacts
  /** With `event` merge_request. */
  readonly mergeRequest: MergeRequestFacts | undefined
  readonly run: RunFacts
  readonly server: ServerFacts
  readonly user: UserFacts
  /** Those of the project's settings and of the command line; each says its origin. */
  readonly variables: readonly OriginVariable[]
  readonly files: ContextFiles
}

/** What rules ask about the files of the project. Paths are relative to it, with `/`. */
export interface ContextFiles {
  /** Every tracked file. */
  readonly tracked: readonly string[]
  /**
   * What differs from a ref, or, without one, from what the event compares with.
   * @returns undefined when there is nothing to compare with: then everything counts as changed
   */
  changedSince(ref: string | undefined): readonly string[] | undefined
  /** Something that changes with the content of a file; undefined when there is no such file. */
  contentId(path: string): string | undefined
}

export interface ProjectFacts {
  readonly id: number
  /** `shop` */
  readonly name: string
  /** `acme/shop` */
  readonly path: string
  readonly url: string
  readonly defaultBranch: string
  readonly visibility: 'private' | 'internal' | 'public'
  /** Of the pipeline file. */
  readonly configPath: string
  /** In whose words it is written, and whose variables its jobs have. */
  readonly dialect: Dialect
}

export interface CommitFacts {
  readonly sha: string
  /** Zeros when there was nothing before. */
  readonly beforeSha: string
  /** Whole. */
  readonly message: string
  /** `Name <address>` */
  readonly author: string
  /** As git writes it in ISO 8601. */
  readonly timestamp: string
}

export interface RefFacts {
  readonly kind: 'branch' | 'tag'
  readonly name: string
  readonly isProtected: boolean
  /** Of an annotated tag. */
  readonly tagMessage: string | undefined
}

export interface MergeRequestFacts {
  readonly id: number
  readonly iid: number
  readonly title: string
  readonly sourceBranch: string
  readonly targetBranch: string
  readonly diffBaseSha: string
}

export interface RunFacts {
  /** Of this pipeline. */
  readonly id: number
  readonly createdAt: number
}

export interface ServerFacts {
  /** Without a slash at its end. */
  readonly url: string
  readonly version: string
}

export interface UserFacts {
  readonly id: number
  readonly login: string
  readonly name: string
  readonly email: string
}
