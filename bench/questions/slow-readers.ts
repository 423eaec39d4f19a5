import { setTimeout as delay } from 'node:timers/promises'
import { Forked } from '../load/forked.ts'
import { LoadFailed } from '../load/load-failed.ts'
import type { SlowReadersOrder, SlowReadersReport } from '../load/slow-reader-process.ts'
import { median } from '../measure/median.ts'
import { processTree, readMemory, resetPeak } from '../measure/memory.ts'
import { measureWarm } from '../peers/measure-peers.ts'
import type { Peer } from '../peers/peer.ts'
import type { BenchContext, Question, Row } from '../question.ts'
import { MIB, mebibytes, spread } from '../report/figures.ts'
import { warmUp } from './blob.ts'
import { atMost, peerRows, verdict } from './rows.ts'

const READERS = 200
const BYTES_PER_SECOND = 256 * 1024
const FOR_MS = 8000
const LIMIT_MIB = 100
/** Between rounds, so that a peer's last readers are gone. */
const REST_MS = 500

interface Growth {
  readonly growth: number
  readonly peak: number
}

export const slowReaders: Question = {
  name: 'slow-readers',
  needs: [],
  asks: `slow-readers: resident memory while ${READERS} readers of one cached blob take 256 KiB/s each for ${FOR_MS / 1000} s: its peak, less what it was before.`,
  run: runSlowReaders,
}

async function runSlowReaders(context: BenchContext): Promise<Row[]> {
  const { repository, bigBlob } = context.upstream.image
  const module = new URL('../load/slow-reader-process.ts', import.meta.url)
  await using readers = await Forked.start<SlowReadersOrder, SlowReadersReport>(module)
  const measure = async (peer: Peer): Promise<Growth> => {
    await delay(REST_MS)
    const pids = await processTree(peer.pid)
    const before = await readMemory(pids)
    await resetPeak(pids)
    const url = `${peer.url}/v2/${repository}/blobs/${bigBlob.digest}`
    const order = { url, readers: READERS, bytesPerSecond: BYTES_PER_SECOND, forMs: FOR_MS }
    const report = await readers.ask(order)
    if (report.lost > 0) throw new LoadFailed(`${peer.name} lost ${report.lost} slow readers`)
    const { peak } = await readMemory(pids)
    return { growth: peak - before.resident, peak }
  }
  const rounds = await measureWarm(context, (peer) => warmUp(peer, context.upstream.image), measure)
  return peerRows(`${READERS} slow readers`, rounds, (name, values) => {
    const growths = values.map(({ growth }) => growth)
    // The first round starts from the smallest process, so the largest growth is the honest one.
    const largest = Math.max(...growths)
    const peak = median(values.map((value) => value.peak))
    const figures = {
      measured: `grows by ${mebibytes(largest)} MiB at most, to ${mebibytes(peak)} MiB`,
      spread: `${spread(growths, mebibytes)} MiB`,
    }
    if (name !== 'Entrepot') return figures
    return {
      ...figures,
      toReach: `grows by <= ${LIMIT_MIB} MiB`,
      verdict: verdict(atMost(largest, LIMIT_MIB * MIB)),
    }
  })
}
