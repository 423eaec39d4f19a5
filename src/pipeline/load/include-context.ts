import type { IncludeRuleConfig } from '../config/rule-config.ts'

/** What an `include:` needs to know of the pipeline that is about to be created. */
export interface IncludeContext {
  /** Whether the rules take the file in: the first that matches says so, and none says no. */
  admits(rules: readonly IncludeRuleConfig[]): boolean
  /** A path with its variables replaced. */
  expand(text: string): string
}
