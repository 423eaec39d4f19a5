const FIRST_WAIT_MS = 5000
const LONGEST_WAIT_MS = 2 * 60_000
/** How much earlier it may be, so that many runners do not come back in one moment. */
const JITTER = 0.2

/**
 * How long a server is left alone that gave no proper answer. GitLab Runner asks three times, and then not for an
 * hour: too long for a server that was restarted.
 * @param failures in a row, from 1
 * @param random in [0, 1)
 */
export function unhealthyWaitMs(failures: number, random: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS) * (1 - JITTER * random)
}
