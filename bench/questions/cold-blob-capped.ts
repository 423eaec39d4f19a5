import { DownloadClients, type Downloads } from '../load/download-clients.ts'
import { median, medianRatio } from '../measure/median.ts'
import type { BenchContext, Question, Row } from '../question.ts'
import { MIB, ratio, seconds, spread } from '../report/figures.ts'
import { capUpstream } from '../upstream/capped-upstream.ts'
import { COLD_CLIENTS, coldFigures, measureColdPeers } from './cold-blob.ts'
import { atMost, peerRows, verdict } from './rows.ts'

const CAP_MIB = 50
const DIRECT_RATIO = 1.1
const QUESTION = `8 cold clients, upstream at ${CAP_MIB} MiB/s in all`

export const coldBlobCapped: Question = {
  name: 'cold-blob-capped',
  needs: [],
  asks: `cold-blob-capped: the same with an upstream that sends ${CAP_MIB} MiB/s in all, beside one direct download.`,
  run: runColdBlobCapped,
}

async function runColdBlobCapped(context: BenchContext): Promise<Row[]> {
  const { upstream } = context
  await using capped = await capUpstream(upstream.url, CAP_MIB * MIB)
  await using clients = await DownloadClients.start(COLD_CLIENTS)
  const direct = await downloadDirectly(context, capped.url, clients)
  const rounds = await measureColdPeers(context, capped.url, clients)
  const directRow: Row = {
    question: QUESTION,
    subject: 'one direct download',
    measured: `wall ${seconds(median(direct))} s`,
    spread: `wall ${spread(direct, seconds)} s`,
    compared: '',
    toReach: '',
    verdict: '',
  }
  const rows = peerRows(QUESTION, rounds, (name, values) => {
    const toDirect = medianRatio(
      values.map(({ wallMs }) => wallMs),
      direct,
    )
    const figures = { ...coldFigures(values), compared: `wall ${ratio(toDirect)} direct` }
    if (name !== 'Entrepot') return figures
    const once = values.every(({ upstreamDownloads }) => upstreamDownloads === 1)
    return {
      ...figures,
      toReach: `1 download each round, wall <= ${DIRECT_RATIO}x direct`,
      verdict: verdict(once, atMost(toDirect, DIRECT_RATIO)),
    }
  })
  return [directRow, ...rows]
}

/** One client at the capped upstream itself, once per round: the shortest time that the line allows. */
async function downloadDirectly(
  { upstream, rounds }: BenchContext,
  url: string,
  clients: DownloadClients,
): Promise<number[]> {
  const { repository, bigBlob } = upstream.image
  const walls: number[] = []
  for (let round = 0; round < rounds; round++) {
    const path = `/v2/${repository}/blobs/${bigBlob.digest}`
    const { wallMs }: Downloads = await clients.download(`${url}${path}`, bigBlob.sizeBytes, 1)
    walls.push(wallMs)
  }
  return walls
}
