import { type Call, callError } from './call.ts'
import { readBody } from './read-body.ts'
import { explainBodyError, safeCause } from './transport-error.ts'

/**
 * The whole body of a reply; undefined when it is longer than `maxBytes`.
 * @throws UpstreamError `interrupted`
 */
export async function readCallBody(
  call: Call,
  body: AsyncIterable<Buffer>,
  maxBytes: number,
): Promise<Buffer | undefined> {
  try {
    const bytes = await readBody(body, maxBytes)
    call.meter.receivedBytes += bytes?.length ?? 0
    return bytes
  } catch (error) {
    throw callError(call, 'interrupted', `${explainBodyError(error)} amid its answer`, safeCause(error))
  }
}
