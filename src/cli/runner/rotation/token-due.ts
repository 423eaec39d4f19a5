import type { RunnerSettings } from '../../../executor/config/runner-settings.ts'
import { isFeatureOn } from '../../../executor/job/feature-flags.ts'
import { JobVariables } from '../../../executor/job/job-variables.ts'

/** As GitLab Runner has it: a quarter of a token's life is left for what goes wrong. */
const DUE_AFTER = 0.75
/** Where the clock of this machine is so wrong that each token seems to be old: no new one more often than this. */
const LEAST_LIFE_MS = 10 * 60_000
const FIRST_WAIT_MS = 60_000
const LONGEST_WAIT_MS = 60 * 60_000
/** How much earlier it may be, so that many runners do not come back in one moment. */
const JITTER = 0.2

export type TokenSettings = Pick<
  RunnerSettings,
  'tokenObtainedAt' | 'tokenExpiresAt' | 'isTokenFromEnvironment' | 'featureFlags'
>

/** - `switched_off` by FF_DISABLE_AUTOMATIC_TOKEN_ROTATION
 *  - `variable`     a new token has no place in the file */
export type TokenKept = 'switched_off' | 'variable'

export interface TokenDue {
  /** When something is to be done about the token. Wall time in milliseconds since the epoch. */
  readonly at: number
  readonly expiresAt: number
  /** Why it is not renewed: somebody is told. Absent: it is. */
  readonly kept: TokenKept | undefined
}

/**
 * When a token is renewed, and whether.
 * @param runners all that have it: what keeps one of them keeps all, and the earliest counts
 * @returns undefined for a token that does not expire, as far as is known
 */
export function tokenDue(runners: readonly TokenSettings[]): TokenDue | undefined {
  let due: Omit<TokenDue, 'kept'> | undefined
  for (const { tokenObtainedAt, tokenExpiresAt: expiresAt } of runners) {
    if (expiresAt === undefined) continue
    const at = dueAt(tokenObtainedAt, expiresAt)
    if (due === undefined || at < due.at) due = { at, expiresAt }
  }
  return due === undefined ? undefined : { ...due, kept: keptBy(runners) }
}

/**
 * How long to wait before a renewal that failed is tried again.
 * @param failures in a row, from 1
 * @param random in [0, 1)
 */
export function renewalWaitMs(failures: number, random: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS) * (1 - JITTER * random)
}

/** A token whose age nobody knows may be at its end: it is due. */
function dueAt(obtainedAt: number | undefined, expiresAt: number): number {
  if (obtainedAt === undefined) return 0
  return obtainedAt + Math.max(DUE_AFTER * (expiresAt - obtainedAt), LEAST_LIFE_MS)
}

const NO_VARIABLES = new JobVariables([])

function keptBy(runners: readonly TokenSettings[]): TokenKept | undefined {
  const isOff = runners.some(({ featureFlags }) =>
    isFeatureOn('FF_DISABLE_AUTOMATIC_TOKEN_ROTATION', featureFlags, NO_VARIABLES),
  )
  if (isOff) return 'switched_off'
  return runners.some(({ isTokenFromEnvironment }) => isTokenFromEnvironment) ? 'variable' : undefined
}
