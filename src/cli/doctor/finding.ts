/** What a check found. A warning is worth a look; a failure keeps pulls from working. */
export interface Finding {
  /** What was looked at: one or two words. */
  readonly check: string
  readonly status: 'ok' | 'warn' | 'fail'
  readonly message: string
  /** What to do about it. */
  readonly advice?: string
}
