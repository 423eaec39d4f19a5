import { parseGoDuration } from '../job/go-duration.ts'

/**
 * `prepare_timeout` and the like to milliseconds: `30s`, `1h30m`; 0, with and without a unit, is no timeout.
 * @returns undefined for what is no such value
 */
export function parseStageTimeout(text: string): number | undefined {
  return /^(0+(\.0+)?(ms|s|m|h|$))+$/.test(text) ? 0 : parseGoDuration(text)
}
