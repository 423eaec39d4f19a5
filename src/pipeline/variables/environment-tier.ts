/** What GitLab takes the name of an environment for, the first that fits. */
const TIERS = [
  [/dev|review|trunk/i, 'development'],
  [/test|tst|int|ac(?:ce|)pt|qa|qc|control|quality/i, 'testing'],
  [/st(?:a|)g|mod(?:e|)l|pre|demo|non/i, 'staging'],
  [/pr(?:o|)d|live/i, 'production'],
] as const

/** What CI_ENVIRONMENT_TIER holds when nobody wrote a tier. */
export function environmentTier(name: string): string {
  return TIERS.find(([pattern]) => pattern.test(name))?.[1] ?? 'other'
}
