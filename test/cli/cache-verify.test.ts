import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ServerClient } from '../../src/cli/server-client.ts'
import type { Digest } from '../../src/oci/digest.ts'
import type { ScriptedUpstream } from '../support/scripted-upstream.ts'
import { type Controlled, startControlled } from '../support/start-controlled.ts'
import { outcomeOf, type RunningProxy } from '../support/start-proxy.ts'

const REPOSITORY = 'library/app'

let started: Controlled
let upstream: ScriptedUpstream
let proxy: RunningProxy
let client: ServerClient

beforeEach(async () => {
  started = await startControlled()
  ;({ upstream, proxy, client } = started)
})

afterEach(() => started[Symbol.asyncDispose]())

async function pullBlob(): Promise<{ digest: Digest; path: string }> {
  const { digest } = upstream.addBlob(REPOSITORY, randomBytes(400_000))
  const path = `/v2/${REPOSITORY}/blobs/${digest}`
  await (await proxy.get(path)).arrayBuffer()
  await proxy.blobCommitted(digest)
  return { digest, path }
}

test('verify tells what was looked at, and what is damaged', async () => {
  await pullBlob()
  const { digest, path } = await pullBlob()
  await proxy.truncateBlob(digest, 1000)
  expect(await client.verify({ repair: false })).toEqual({
    manifests: 0,
    blobs: 2,
    bytes: 400_000,
    damaged: [{ digest, kind: 'blob', problem: 'wrong-size', repaired: false }],
  })
  expect(outcomeOf(await proxy.get(path))).toBe('miss')
})

test('verify --repair fetches it again', async () => {
  const { digest, path } = await pullBlob()
  await proxy.truncateBlob(digest, 5)
  expect((await client.verify({ repair: true })).damaged).toMatchObject([{ digest, repaired: true }])
  await upstream.stop()
  expect(outcomeOf(await proxy.get(path))).toBe('hit')
})
