import type { Fault } from '../../support/scripted-upstream.ts'
import { type Scenario, type Verdict, verdict } from '../scenario.ts'
import { BLOBS, MIB, REPOSITORY, type Stage } from '../stage.ts'
import { inSeconds, inWords, isServed, isWrong } from '../words.ts'

const GETS = { ...BLOBS, method: 'GET' }
const SIZE_BYTES = 4 * MIB
/** Longer than Entrepot's half minute, which is its patience with a body that stands still. */
const STALL_PATIENCE_MS = 45_000

/** An upstream whose bodies do not arrive as they should. */
export const BODY_SCENARIOS: readonly Scenario[] = [
  {
    row: 4,
    fault: 'The upstream closes in the middle of a body, once',
    run: (stage) => breakOnce(stage, 'close'),
  },
  {
    row: 5,
    fault: `The upstream stalls in the middle of a body, once; the client waits ${inSeconds(STALL_PATIENCE_MS)}`,
    run: (stage) => breakOnce(stage, 'stall'),
  },
  { row: 6, fault: 'Wrong bytes for a digest: a blob, and a manifest', run: sendWrongBytes },
  {
    row: 7,
    fault: 'A body without a length',
    run: async (stage) => {
      const blob = stage.addBlob(SIZE_BYTES)
      stage.upstream.fault({ match: GETS, do: { kind: 'content-length', value: 'none' } })
      const cold = await stage.askBlob(blob.digest)
      await stage.keeps(SIZE_BYTES)
      await stage.upstream.stop()
      const hot = await stage.askBlob(blob.digest)
      return verdict(
        { holds: isServed(cold, blob.bytes), did: inWords(cold, blob.bytes) },
        { holds: isServed(hot, blob.bytes), did: `from the cache ${inWords(hot, blob.bytes)}` },
      )
    },
  },
  {
    row: 22,
    fault: 'HEAD of a blob is 403, as that of a signed address',
    run: async (stage) => {
      const blob = stage.addBlob(SIZE_BYTES)
      stage.upstream.fault({ match: { ...BLOBS, method: 'HEAD' }, do: { kind: 'status', status: 403 } })
      const head = await stage.askBlob(blob.digest, { method: 'HEAD' })
      const isKnown = head.status === 200 && head.headers['content-length'] === String(SIZE_BYTES)
      const reply = await stage.askBlob(blob.digest)
      return verdict(
        { holds: isKnown, did: `HEAD ${isKnown ? 'answered' : `refused with ${head.status}`}` },
        { holds: isServed(reply, blob.bytes), did: `GET ${inWords(reply, blob.bytes)}` },
      )
    },
  },
]

async function breakOnce(stage: Stage, kind: 'close' | 'stall'): Promise<Verdict> {
  const blob = stage.addBlob(SIZE_BYTES)
  stage.upstream.fault({ match: GETS, times: 1, do: { kind, afterBytes: MIB } })
  const reply = await stage.askBlob(blob.digest, { patienceMs: STALL_PATIENCE_MS })
  const isWhole = isServed(reply, blob.bytes)
  const took = isWhole && kind === 'stall' ? ` after ${inSeconds(reply.tookMs)}` : ''
  const first = { holds: isWhole, did: `${inWords(reply, blob.bytes)}${took}` }
  if (isWhole) return verdict(first)
  const again = await stage.askBlob(blob.digest)
  return verdict(first, { holds: true, did: `asked again: ${inWords(again, blob.bytes)}` })
}

async function sendWrongBytes(stage: Stage): Promise<Verdict> {
  const wrong: Fault = { kind: 'wrong-bytes' }
  const blob = stage.addBlob(SIZE_BYTES)
  const image = stage.upstream.addImage(REPOSITORY, { tags: ['1'] })
  stage.upstream.fault({ match: { path: /blobs/ }, do: wrong })
  stage.upstream.fault({
    match: { path: /manifests/ },
    do: { kind: 'replace-body', body: Buffer.from(`${image.root.bytes} `) },
  })
  const blobReply = await stage.askBlob(blob.digest)
  const manifestReply = await stage.askManifest(image.root.digest)
  stage.upstream.clearFaults()
  const blobLater = await stage.askBlob(blob.digest)
  const manifestLater = await stage.askManifest(image.root.digest)
  return verdict(
    { holds: !isWrong(blobReply, blob.bytes), did: `blob: ${inWords(blobReply, blob.bytes)}` },
    { holds: isServed(blobLater, blob.bytes), did: `then ${inWords(blobLater, blob.bytes)}` },
    {
      holds: !isWrong(manifestReply, image.root.bytes),
      did: `manifest: ${inWords(manifestReply, image.root.bytes)}`,
    },
    {
      holds: isServed(manifestLater, image.root.bytes),
      did: `then ${inWords(manifestLater, image.root.bytes)}`,
    },
  )
}
