import type { Answered } from '../../cache/outcome.ts'
import { OciError } from '../../oci/errors.ts'
import { ClientGone } from '../../streams/send.ts'
import type { Ending } from './traffic.ts'

/** How a request ended. `failure` is what kept it from being answered well; absent: nothing. */
export function endingOf(answered: Answered | undefined, failure: unknown): Ending {
  if (failure === undefined) return answered?.outcome ?? 'answered'
  if (failure instanceof ClientGone) return 'abandoned'
  if (!(failure instanceof OciError) || failure.status >= 500) return 'failed'
  return failure.status === 401 ? 'unauthorized' : 'refused'
}
