import type { Readable } from 'node:stream'
import { type Call, callError } from './call.ts'
import { UpstreamError } from './errors.ts'
import { explainBodyError, safeCause } from './transport-error.ts'
import type { UpstreamBody } from './upstream.ts'

/** A blob's bytes on their way, with the transport's troubles told as UpstreamError. */
export class BlobBody implements UpstreamBody {
  readonly #source: Readable
  readonly #call: Call
  readonly #expectedBytes: number | undefined

  /** The call's deadline is met; it is disposed with the body. Without `expectedBytes` the framing decides. */
  constructor(source: Readable, call: Call, expectedBytes: number | undefined) {
    this.#source = source
    this.#call = call
    this.#expectedBytes = expectedBytes
    // Whoever reads is told by the iterator; a body that nobody reads any more has nobody to tell.
    source.on('error', () => undefined)
    source.once('close', () => call.deadline.dispose())
  }

  destroy(error?: Error): void {
    this.#source.destroy(error)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    const expectedBytes = this.#expectedBytes
    let receivedBytes = 0
    try {
      for await (const chunk of this.#source as AsyncIterable<Buffer>) {
        receivedBytes += chunk.length
        this.#call.meter.receivedBytes += chunk.length
        if (expectedBytes !== undefined && receivedBytes > expectedBytes) {
          throw callError(this.#call, 'invalid', `sent more than the ${expectedBytes} bytes it announced`)
        }
        yield chunk
      }
    } catch (error) {
      throw this.#explain(error, receivedBytes)
    }
    if (expectedBytes !== undefined && receivedBytes < expectedBytes) {
      throw callError(this.#call, 'interrupted', `ended after ${receivedBytes} of ${expectedBytes} bytes`)
    }
  }

  #explain(error: unknown, receivedBytes: number): unknown {
    const { deadline } = this.#call
    if (deadline.callerAborted) return deadline.signal.reason
    if (error instanceof UpstreamError) return error
    const what = `${explainBodyError(error)} after ${receivedBytes} bytes`
    return callError(this.#call, 'interrupted', what, safeCause(error))
  }
}
