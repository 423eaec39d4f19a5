import { parseReference, parseRepository, type Reference, type Repository } from '../../src/oci/reference.ts'
import { UpstreamError } from '../../src/upstream/errors.ts'
import { HttpUpstream } from '../../src/upstream/http-upstream.ts'
import type { HttpUpstreamOptions } from '../../src/upstream/http-upstream-options.ts'
import type { UpstreamBody, UpstreamCredential } from '../../src/upstream/upstream.ts'
import { FakeClock } from '../support/fake-clock.ts'
import {
  type ScriptedUpstream,
  type ScriptedUpstreamOptions,
  startScriptedUpstream,
} from '../support/scripted-upstream.ts'

export const alice: UpstreamCredential = { id: 'alice', username: 'alice', password: 'secret' }
export const app: Repository = parseRepository('library/app')

export interface OpenUpstream extends AsyncDisposable {
  readonly scripted: ScriptedUpstream
  readonly upstream: HttpUpstream
  readonly clock: FakeClock
}

/** An HttpUpstream before a scripted registry; both end with the returned object. */
export async function openUpstream(
  options: { scripted?: ScriptedUpstreamOptions; http?: Partial<HttpUpstreamOptions> } = {},
): Promise<OpenUpstream> {
  const clock = new FakeClock()
  const tokens = { now: () => clock.now(), ...options.scripted?.tokens }
  const scripted = await startScriptedUpstream({ ...options.scripted, tokens })
  const upstream = new HttpUpstream({
    name: 'registry.example',
    url: new URL(scripted.url),
    tokenHosts: [],
    allowNetworks: [],
    clock,
    userAgent: 'entrepot/0.0.0-test',
    ...options.http,
  })
  return {
    scripted,
    upstream,
    clock,
    async [Symbol.asyncDispose]() {
      await upstream.close()
      await scripted[Symbol.asyncDispose]()
    },
  }
}

export function refer(text: string): Reference {
  return parseReference(text)
}

export async function readAll(body: UpstreamBody): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The UpstreamError that the work fails with; any other end fails the test. */
export async function failureOf(work: Promise<unknown>): Promise<UpstreamError> {
  const error = await work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  )
  if (error instanceof UpstreamError) return error
  throw error
}
