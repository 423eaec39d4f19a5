/**
 * One job, in the shape in which a GitLab server sends it to a runner, read defensively: what is absent or null
 * there is empty here. Pipeline files are compiled to the same. Nothing in it is expanded yet.
 */
export interface Job {
  readonly id: number
  /** Opens the job's own resources at the server. Secret. */
  readonly token: string
  readonly info: JobInfo
  readonly git: GitInfo
  readonly allowGitFetch: boolean
  readonly timeoutMs: number
  /** In the order of the payload; later ones win. */
  readonly variables: readonly JobVariable[]
  /** At least one. The last may be `after_script`. */
  readonly steps: readonly JobStep[]
  readonly hooks: readonly JobHook[]
  readonly image: JobImage | undefined
  readonly services: readonly JobService[]
  readonly artifacts: readonly JobArtifact[]
  readonly caches: readonly JobCache[]
  readonly credentials: readonly JobRegistryCredential[]
  readonly dependencies: readonly JobDependency[]
  readonly features: JobFeatures
  /**
   * What the job asks of its executor that ours does not know, one sentence each. A job with any fails before
   * anything is started: it would not run as its author meant.
   */
  readonly unsupported: readonly string[]
}

export interface JobInfo {
  readonly name: string
  readonly stage: string
  readonly projectId: number
  readonly projectName: string
  /** `acme/shop`. Absent from servers before 17.6: then it is the path of `git.repoUrl`. */
  readonly projectPath: string | undefined
  readonly pipelineId: number | undefined
}

export interface GitInfo {
  /** Carries the job's token: secret. Empty when there is no repository. */
  readonly repoUrl: string
  readonly ref: string
  readonly refType: 'branch' | 'tag'
  readonly sha: string
  readonly beforeSha: string
  /** Empty: all branches and tags are fetched. */
  readonly refspecs: readonly string[]
  /** 0: the whole history. */
  readonly depth: number
  readonly objectFormat: 'sha1' | 'sha256'
  readonly isProtected: boolean
}

export interface JobVariable {
  readonly key: string
  readonly value: string
  /** Public ones are told to services too. */
  readonly isPublic: boolean
  readonly isMasked: boolean
  /** Not expanded. */
  readonly isRaw: boolean
  /** The job gets a path; the value is in that file. */
  readonly isFile: boolean
}

export interface JobStep {
  readonly name: string
  readonly script: readonly string[]
  readonly timeoutMs: number | undefined
  readonly when: 'on_success' | 'on_failure' | 'always'
  readonly allowFailure: boolean
}

export interface JobHook {
  readonly name: string
  readonly script: readonly string[]
}

export const PULL_POLICIES = ['always', 'if-not-present', 'never'] as const
export type PullPolicy = (typeof PULL_POLICIES)[number]

export interface JobImage {
  /** As it was written; not expanded. */
  readonly name: string
  /** Absent: the image's own. `[""]` takes it away. */
  readonly entrypoint: readonly string[] | undefined
  /** Empty: the runner's. */
  readonly pullPolicies: readonly PullPolicy[]
  readonly platform: string | undefined
  readonly user: string | undefined
}

export interface JobService extends JobImage {
  /** As written: one or several, by comma or space. */
  readonly alias: string | undefined
  readonly command: readonly string[] | undefined
  readonly variables: readonly JobVariable[]
}

export interface JobArtifact {
  readonly name: string | undefined
  readonly paths: readonly string[]
  readonly exclude: readonly string[]
  readonly isUntracked: boolean
  readonly when: 'on_success' | 'on_failure' | 'always'
  /** As written: `7d`, `1 week`; the server reads it. */
  readonly expireIn: string | undefined
  /** `archive`, or the kind of a report: `junit`. */
  readonly type: string
  readonly format: 'zip' | 'gzip' | 'raw'
}

export interface JobCache {
  readonly key: string
  readonly fallbackKeys: readonly string[]
  readonly paths: readonly string[]
  readonly isUntracked: boolean
  /** `pull`, `push` or `pull-push`, when it is expanded. */
  readonly policy: string
  readonly when: 'on_success' | 'on_failure' | 'always'
}

/** A login for a registry that came with the job. */
export interface JobRegistryCredential {
  /** `host` or `host:port`. */
  readonly registry: string
  readonly username: string
  readonly password: string
}

/** An earlier job whose artifacts this one gets. */
export interface JobDependency {
  readonly id: number
  readonly token: string
  readonly name: string
  /** Absent: it left none. */
  readonly artifacts: { readonly filename: string; readonly sizeBytes: number } | undefined
}

export interface JobFeatures {
  readonly traceSections: boolean
  readonly tokenMaskPrefixes: readonly string[]
  /** Reasons of failure that the server knows. */
  readonly failureReasons: readonly string[]
}
