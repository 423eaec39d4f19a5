import type { Log } from '../../log.ts'
import { OciError } from '../../oci/errors.ts'
import { ClientGone } from '../../streams/send.ts'
import { requestLine, shownUrl } from '../request-line.ts'
import type { Exchange } from './exchange.ts'

/**
 * One line per request. What was answered well is for debugging, since its pull has a line too; what failed, or
 * could not be confirmed, is news.
 */
export function logExchange(log: Log, exchange: Exchange, failure?: unknown): void {
  const { request, response, answered, sentBytes, startedAt, admission } = exchange
  const isNews = failure !== undefined || answered?.outcome === 'stale'
  if (!log.isLevelEnabled(isNews ? 'info' : 'debug')) return
  const fields = {
    event: 'request.served',
    method: request.method,
    url: shownUrl(request),
    status: response.statusCode,
    outcome: answered?.outcome,
    collapsed: answered?.collapsed,
    sentBytes,
    durationMs: Math.round(performance.now() - startedAt),
    peer: request.socket.remoteAddress,
    group: admission?.group.path,
    credential: admission?.credential?.id,
  }
  if (failure === undefined) {
    const line = requestLine(request)
    if (answered?.outcome === 'stale') log.warn(fields, answered.warning ?? line)
    else log.debug(fields, line)
    return
  }
  if (failure instanceof ClientGone) log.info({ ...fields, event: 'request.abandoned' }, failure.message)
  else if (failure instanceof OciError) logRefusal(log, fields, failure)
  else log.error({ ...fields, event: 'request.failed', err: failure }, 'the reply was cut off or failed')
}

function logRefusal(log: Log, fields: object, error: OciError): void {
  const refused = { ...fields, event: 'request.refused', code: error.code }
  if (error.status >= 500) log.warn(refused, error.message)
  else log.info(refused, error.message)
}
