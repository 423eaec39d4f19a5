export const SAVE_WHENS = ['on_success', 'on_failure', 'always'] as const
export type SaveWhen = (typeof SAVE_WHENS)[number]

/** `artifacts:`, not expanded. */
export interface ArtifactConfig {
  readonly name: string | undefined
  readonly paths: readonly string[]
  readonly exclude: readonly string[]
  readonly isUntracked: boolean
  readonly when: SaveWhen
  /** As written: `7d`, `never`. */
  readonly expireIn: string | undefined
  readonly reports: readonly ReportConfig[]
}

export interface ReportConfig {
  /** `dotenv`, `junit`, … */
  readonly type: string
  readonly paths: readonly string[]
}

/** One item of `cache:`, not expanded. */
export interface CacheConfig {
  readonly key: CacheKeyConfig
  readonly fallbackKeys: readonly string[]
  readonly paths: readonly string[]
  readonly isUntracked: boolean
  /** `pull`, `push` or `pull-push`, when it is expanded. */
  readonly policy: string
  readonly when: SaveWhen
  readonly unprotect: boolean
}

/** A text, or the content of files with a prefix. */
export type CacheKeyConfig =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'files'; readonly files: readonly string[]; readonly prefix: string | undefined }
