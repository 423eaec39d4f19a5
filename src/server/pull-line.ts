import type { Log } from '../log.ts'
import type { EndedPull } from './open-pull.ts'

/** One line for each pull. */
export function logPull(log: Log, pull: EndedPull): void {
  const { image, digest, client, group, outcome, bytes, upstreamRequests, durationMs } = pull
  const told = { image, digest, client, group, outcome, bytes, upstreamRequests, durationMs }
  log.info({ event: 'pull.served', ...told }, 'pulled')
}
