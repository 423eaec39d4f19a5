import { openBlob } from '../../support/blob-client.ts'
import { makeGate } from '../../support/scripted-upstream.ts'
import { type Scenario, verdict } from '../scenario.ts'
import { BLOBS, MIB } from '../stage.ts'
import { inSeconds, inWords, isServed, times } from '../words.ts'

const GETS = { ...BLOBS, method: 'GET' }
const READERS = 8
/** Long enough for every reader to be there before the upstream goes on. */
const GATHER_MS = 1_000
/** More than sockets on the way hold for a client that does not read. */
const LARGE_BYTES = 48 * MIB

/** Many clients of one blob, at different paces. */
export const READER_SCENARIOS: readonly Scenario[] = [
  {
    row: 1,
    fault: `${READERS} clients ask for one cold blob`,
    run: async (stage) => {
      const blob = stage.addBlob(4 * MIB)
      const gate = makeGate()
      stage.upstream.fault({ match: GETS, do: { kind: 'hold', until: gate.promise, afterBytes: MIB } })
      const asked = Array.from({ length: READERS }, () => stage.askBlob(blob.digest))
      setTimeout(gate.open, GATHER_MS)
      const replies = await Promise.all(asked)
      const served = replies.filter((reply) => isServed(reply, blob.bytes)).length
      const gets = stage.upstream.count(GETS)
      return verdict(
        { holds: served === READERS, did: `${served} of ${READERS} served` },
        { holds: gets === 1, did: `${times(gets, 'GET')} to the upstream` },
      )
    },
  },
  {
    row: 2,
    fault: 'The only client leaves in the middle',
    run: async (stage) => {
      const blob = stage.addBlob(8 * MIB)
      const gate = makeGate()
      stage.upstream.fault({ match: GETS, do: { kind: 'hold', until: gate.promise, afterBytes: 4 * MIB } })
      const client = await openBlob(stage.blobUrl(blob.digest))
      await client.received(MIB)
      client.leave()
      gate.open()
      const kept = await stage.keeps(blob.bytes.length)
      await stage.upstream.stop()
      const later = await stage.askBlob(blob.digest)
      return verdict(
        { holds: kept, did: kept ? 'it is kept all the same' : 'the download ended with its client' },
        {
          holds: isServed(later, blob.bytes),
          did: `without the upstream then ${inWords(later, blob.bytes)}`,
        },
      )
    },
  },
  {
    row: 3,
    fault: 'A client that stops reading, beside a fast one',
    run: async (stage) => {
      const blob = stage.addBlob(LARGE_BYTES)
      const slow = await openBlob(stage.blobUrl(blob.digest))
      slow.pause()
      const fast = await stage.askBlob(blob.digest)
      const kept = await stage.keeps(blob.bytes.length)
      slow.leave()
      const gets = stage.upstream.count(GETS)
      return verdict(
        { holds: isServed(fast, blob.bytes), did: `the fast one ${inWords(fast, blob.bytes)}` },
        { holds: kept, did: kept ? 'kept meanwhile' : 'not kept while the other stands still' },
        { holds: gets === 1, did: times(gets, 'GET') },
      )
    },
  },
  {
    row: 23,
    fault: 'A range of a cold blob',
    run: async (stage) => {
      const blob = stage.addBlob(4 * MIB)
      const headers = { range: `bytes=${MIB}-${2 * MIB - 1}` }
      const reply = await stage.askBlob(blob.digest, { headers })
      const isPart = reply.status === 206 && reply.body.equals(blob.bytes.subarray(MIB, 2 * MIB))
      const isWhole = isServed(reply, blob.bytes)
      const words = isPart
        ? '206 with the part'
        : isWhole
          ? '200 with everything'
          : inWords(reply, blob.bytes)
      const gets = stage.upstream.count(GETS)
      return verdict({ holds: isPart, did: words }, { holds: gets === 1, did: times(gets, 'GET') })
    },
  },
  {
    row: 24,
    fault: 'Odd ranges of a blob that is here',
    run: async (stage) => {
      const blob = stage.addBlob(MIB)
      await stage.askBlob(blob.digest)
      await stage.keeps(blob.bytes.length)
      const suffix = await stage.askBlob(blob.digest, { headers: { range: 'bytes=-5' } })
      const beyond = await stage.askBlob(blob.digest, { headers: { range: `bytes=${MIB}-` } })
      const unknown = await stage.askBlob(blob.digest, { headers: { range: 'lines=1-2' } })
      const isSuffix = suffix.status === 206 && suffix.body.equals(blob.bytes.subarray(-5))
      const isBeyond = beyond.status === 416 && beyond.headers['content-range'] === `bytes */${MIB}`
      return verdict(
        { holds: isSuffix, did: `suffix ${suffix.status}` },
        {
          holds: isBeyond,
          did: `beyond the end ${beyond.status} ${beyond.headers['content-range'] ?? 'without length'}`,
        },
        { holds: isServed(unknown, blob.bytes), did: `unknown unit ${unknown.status}` },
      )
    },
  },
  {
    row: 32,
    fault: 'SIGTERM in the middle of a stream',
    run: async (stage) => {
      const blob = stage.addBlob(8 * MIB)
      const gate = makeGate()
      stage.upstream.fault({ match: GETS, do: { kind: 'hold', until: gate.promise, afterBytes: 4 * MIB } })
      const client = await openBlob(stage.blobUrl(blob.digest))
      await client.received(MIB)
      const stopped = stage.target.stop('SIGTERM')
      setTimeout(gate.open, GATHER_MS)
      const body = await client.whole().catch(() => undefined)
      const startedAt = performance.now()
      await stopped
      const isWhole = body?.equals(blob.bytes) === true
      return verdict(
        { holds: isWhole, did: isWhole ? 'the reader got everything' : 'the reader was cut off' },
        { holds: true, did: `then it ended within ${inSeconds(performance.now() - startedAt + 1_000)}` },
      )
    },
  },
]
