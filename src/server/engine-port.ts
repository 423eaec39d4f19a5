import type { Log } from '../log.ts'
import type { JobListeners } from './job-listeners.ts'

const LOOPBACK = '127.0.0.1'

/**
 * Tells engines on this machine where they are asked for the login of a job: at the other address they may be let in
 * as nobody. Opened for the first who asks.
 * @param own see loopbackId
 */
export function enginePort(
  listeners: JobListeners,
  own: string | undefined,
  log: Log,
): (loopback: string) => Promise<string | undefined> {
  return async (loopback) => {
    if (loopback !== own) return undefined
    try {
      return await listeners.open(LOOPBACK)
    } catch (error) {
      const told = 'no port for engines could be opened: they may pull as nobody'
      log.warn({ event: 'engine_port.failed', err: error }, told)
      return undefined
    }
  }
}
