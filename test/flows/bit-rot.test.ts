import { randomBytes } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FIRST_REST_MS, SCRUB_EVERY_MS } from '../../src/cache/scrub.ts'
import { type Digest, digestOf } from '../../src/oci/digest.ts'
import { StorageLayout } from '../../src/store/storage-layout.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts'
import { outcomeOf, type RunningProxy, startProxy } from '../support/start-proxy.ts'

const REPOSITORY = 'library/app'
const MIB = 1024 * 1024

let upstream: ScriptedUpstream
let proxy: RunningProxy

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  proxy = await startProxy({
    upstreams: { 'docker.io': upstream.url },
    storage: { scrubBytesPerSecond: 1024 * MIB },
  })
})

afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

async function pullBlob(): Promise<{ digest: Digest; path: string; file: string }> {
  const { digest } = upstream.addBlob(REPOSITORY, randomBytes(2 * MIB))
  const path = `/v2/${REPOSITORY}/blobs/${digest}`
  await (await proxy.get(path)).arrayBuffer()
  await proxy.blobCommitted(digest)
  return { digest, path, file: new StorageLayout(proxy.storagePath).blob(digest) }
}

async function flipBit(path: string): Promise<void> {
  const file = await open(path, 'r+')
  const byte = Buffer.alloc(1)
  await file.read(byte, 0, 1, MIB)
  byte[0] = (byte[0] ?? 0) ^ 1
  await file.write(byte, 0, 1, MIB)
  await file.close()
}

/** Lets the scrub go through everything, once its first rest is over. */
async function scrub(): Promise<void> {
  const before = proxy.log.of('scrub.done').length
  proxy.clock.advance(FIRST_REST_MS)
  // No faster than real time: requests have deadlines on the same clock.
  const timer = setInterval(() => proxy.clock.advance(5), 5)
  await expect
    .poll(() => proxy.log.of('scrub.done').length, { timeout: 5_000 })
    .toBe(before + 1)
    .finally(() => clearInterval(timer))
}

test('(d13) is found by the scrub, and what rotted is fetched again', async () => {
  const good = await pullBlob()
  const rotten = await pullBlob()
  const lost = await pullBlob()
  await flipBit(rotten.file)
  await rm(lost.file)
  await scrub()
  const told = proxy.log
    .of('content.damaged')
    .map(({ fields }) => [fields.digest, fields.problem, fields.repaired])
  expect(told.sort()).toEqual(
    [
      [rotten.digest, 'wrong-bytes', true],
      [lost.digest, 'missing', true],
    ].sort(),
  )
  await upstream.stop()
  for (const { path, digest } of [good, rotten, lost]) {
    const reply = await proxy.get(path)
    expect(outcomeOf(reply)).toBe('hit')
    expect(digestOf(Buffer.from(await reply.arrayBuffer()))).toBe(digest)
  }
})

test('(d13) what cannot be fetched now is a miss, and never wrong bytes', async () => {
  const rotten = await pullBlob()
  await flipBit(rotten.file)
  await upstream.stop()
  await scrub()
  expect(proxy.log.of('content.damaged')).toHaveLength(1)
  expect((await proxy.get(rotten.path)).status).toBe(502)
  await upstream.start()
  proxy.clock.advance(SCRUB_EVERY_MS)
  const reply = await proxy.get(rotten.path)
  expect(digestOf(Buffer.from(await reply.arrayBuffer()))).toBe(rotten.digest)
})
