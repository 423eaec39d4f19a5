import { open, truncate } from 'node:fs/promises'
import { openBlob } from '../../support/blob-client.ts'
import { makeGate } from '../../support/scripted-upstream.ts'
import { type Scenario, verdict } from '../scenario.ts'
import { BLOBS, MIB, REPOSITORY } from '../stage.ts'
import { inWords, isServed } from '../words.ts'

const GETS = { ...BLOBS, method: 'GET' }
const SIZE_BYTES = 4 * MIB
const NO_BUDGET = {
  'docker-registry': 'has no budget: content goes by its age of 7 days, which no setting changes',
} as const

/** A disk that loses, fills or forgets. */
export const STORAGE_SCENARIOS: readonly Scenario[] = [
  {
    row: 8,
    fault: 'kill -9 in the middle of a download',
    run: async (stage) => {
      const blob = stage.addBlob(2 * SIZE_BYTES)
      const gate = makeGate()
      stage.upstream.fault({ match: GETS, do: { kind: 'hold', until: gate.promise, afterBytes: SIZE_BYTES } })
      const client = await openBlob(stage.blobUrl(blob.digest))
      await client.received(SIZE_BYTES - MIB)
      await stage.target.stop('SIGKILL')
      client.leave()
      gate.open()
      await stage.target.start()
      stage.upstream.log.clear()
      const reply = await stage.askBlob(blob.digest)
      const from = stage.upstream.requests.find(({ method }) => method === 'GET')?.range
      return verdict(
        { holds: isServed(reply, blob.bytes), did: `after the start ${inWords(reply, blob.bytes)}` },
        { holds: true, did: from === undefined ? 'downloaded anew' : 'the download went on where it was' },
      )
    },
  },
  {
    row: 9,
    fault: 'The disk is full',
    needs: ['root'],
    diskBytes: 24 * MIB,
    run: async (stage) => {
      const blob = stage.addBlob(2 * SIZE_BYTES)
      await stage.disk?.fill(MIB)
      const reply = await stage.askBlob(blob.digest)
      await stage.disk?.free()
      return verdict({ holds: isServed(reply, blob.bytes), did: inWords(reply, blob.bytes) })
    },
  },
  {
    row: 10,
    fault: 'What is being read is evicted',
    cannot: NO_BUDGET,
    target: { budgetBytes: 64 * MIB },
    run: async (stage) => {
      const read = stage.addBlob(40 * MIB)
      await stage.askBlob(read.digest)
      await stage.keeps(read.bytes.length)
      const reader = await openBlob(stage.blobUrl(read.digest))
      reader.pause()
      for (let count = 0; count < 3; count += 1) {
        const other = stage.addBlob(20 * MIB)
        const reply = await stage.askBlob(other.digest)
        if (!isServed(reply, other.bytes))
          return verdict({ holds: false, did: `others ${inWords(reply, other.bytes)}` })
      }
      reader.resume()
      const body = await reader.whole().catch(() => undefined)
      const isWhole = body?.equals(read.bytes) === true
      return verdict({ holds: isWhole, did: isWhole ? 'read to its end; others served' : 'cut off' })
    },
  },
  {
    row: 11,
    fault: 'Of two images with a common layer one goes',
    cannot: {
      'docker-registry': 'removes nothing on demand when it is a cache, and for its age after 7 days only',
    },
    run: async (stage) => {
      const shared = stage.addBlob(SIZE_BYTES)
      const images = ['old', 'young'].map((tag) =>
        stage.upstream.addImage(REPOSITORY, { tags: [tag], layers: [shared.bytes, Buffer.from(tag)] }),
      )
      for (const [index, image] of images.entries()) {
        await stage.askManifest(index === 0 ? 'old' : 'young')
        for (const { digest } of [image.config, ...image.layers]) await stage.askBlob(digest)
      }
      await stage.keeps(SIZE_BYTES)
      const told = await stage.target.remove(REPOSITORY, 'old', images[0]?.root.digest ?? '')
      await stage.upstream.stop()
      const reply = await stage.askBlob(shared.digest)
      return verdict(
        { holds: true, did: told },
        { holds: isServed(reply, shared.bytes), did: `the common layer ${inWords(reply, shared.bytes)}` },
      )
    },
  },
  {
    row: 12,
    fault: 'A file in the storage was cut to 1,000 bytes',
    run: async (stage) => {
      const blob = stage.addBlob(SIZE_BYTES)
      await stage.askBlob(blob.digest)
      await stage.keeps(SIZE_BYTES)
      for (const file of await stage.filesOf(SIZE_BYTES)) await truncate(file, 1_000)
      const reply = await stage.askBlob(blob.digest)
      return verdict({ holds: isServed(reply, blob.bytes), did: inWords(reply, blob.bytes) })
    },
  },
  {
    row: 13,
    fault: 'A byte in the storage turned over',
    run: async (stage) => {
      const blob = stage.addBlob(SIZE_BYTES)
      await stage.askBlob(blob.digest)
      await stage.keeps(SIZE_BYTES)
      for (const file of await stage.filesOf(SIZE_BYTES)) await turnOver(file, MIB)
      const found = stage.target.verify === undefined ? 'nothing looks for it' : 'found by verify'
      await stage.target.verify?.()
      const reply = await stage.askBlob(blob.digest)
      return verdict(
        { holds: stage.target.verify !== undefined, did: found },
        { holds: isServed(reply, blob.bytes), did: `then ${inWords(reply, blob.bytes)}` },
      )
    },
  },
  {
    row: 25,
    fault: 'The clock is 30 days ahead after a restart, and the upstream is down',
    needs: ['faketime'],
    movesClock: true,
    run: async (stage) => {
      const blob = stage.addBlob(SIZE_BYTES)
      await stage.askBlob(blob.digest)
      await stage.keeps(SIZE_BYTES)
      await stage.target.stop('SIGTERM')
      await stage.clock?.set('+30d')
      await stage.target.start()
      // A cache that removes what is old does so in the background after its start.
      await stage.tagsAreOld()
      await stage.upstream.stop()
      const reply = await stage.askBlob(blob.digest)
      return verdict({ holds: isServed(reply, blob.bytes), did: inWords(reply, blob.bytes) })
    },
  },
  {
    row: 27,
    fault: 'An image is deleted, and asked for while the upstream is down',
    run: async (stage) => {
      const image = stage.upstream.addImage(REPOSITORY, { tags: ['1'] })
      const before = await stage.askManifest('1')
      for (const { digest } of [image.config, ...image.layers]) await stage.askBlob(digest)
      const told = await stage.target.remove(REPOSITORY, '1', image.root.digest)
      await stage.upstream.stop()
      const after = await stage.askManifest(image.root.digest)
      return verdict(
        { holds: isServed(before, image.root.bytes), did: told },
        { holds: !isServed(after, image.root.bytes), did: `then ${inWords(after, image.root.bytes)}` },
      )
    },
  },
]

async function turnOver(path: string, at: number): Promise<void> {
  await using file = await open(path, 'r+')
  const byte = Buffer.alloc(1)
  await file.read(byte, 0, 1, at)
  byte[0] = (byte[0] ?? 0) ^ 0xff
  await file.write(byte, 0, 1, at)
}
