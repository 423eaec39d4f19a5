import { DownloadClients, type Downloads } from '../load/download-clients.ts'
import { median, medianRatio } from '../measure/median.ts'
import { type Measurements, measureCold } from '../peers/measure-peers.ts'
import type { BenchContext, Question, Row } from '../question.ts'
import { count, ratio, seconds, spread } from '../report/figures.ts'
import { expectBigBlob } from './blob.ts'
import { atMost, peerRows, valuesOf, verdict } from './rows.ts'

export const COLD_CLIENTS = 8
const FIRST_BYTE_MS = 300
const REGISTRY_RATIO = 0.7
const NGINX_RATIO = 1.2

export interface ColdRound extends Downloads {
  readonly upstreamDownloads: number
}

export const coldBlob: Question = {
  name: 'cold-blob',
  needs: [],
  asks: 'cold-blob: 8 clients at once ask for a blob of 256 MiB that nobody has yet; the upstream counts its downloads.',
  run: runColdBlob,
}

async function runColdBlob(context: BenchContext): Promise<Row[]> {
  await using clients = await DownloadClients.start(COLD_CLIENTS)
  const rounds = await measureColdPeers(context, context.upstream.url, clients)
  const walls = (name: 'nginx' | 'docker-registry') => valuesOf(rounds, name).map(({ wallMs }) => wallMs)
  return peerRows('8 cold clients', rounds, (name, values) => {
    const figures = coldFigures(values)
    if (name !== 'Entrepot') return figures
    const own = values.map(({ wallMs }) => wallMs)
    const toRegistry = medianRatio(own, walls('docker-registry'))
    const toNginx = medianRatio(own, walls('nginx'))
    return {
      ...figures,
      compared: `wall ${ratio(toRegistry)} docker-registry, ${ratio(toNginx)} nginx`,
      toReach: `1 download each round, last first byte <= ${FIRST_BYTE_MS} ms, wall <= ${REGISTRY_RATIO}x docker-registry and <= ${NGINX_RATIO}x nginx`,
      verdict: verdict(
        values.every(({ upstreamDownloads }) => upstreamDownloads === 1),
        atMost(median(values.map(lastFirstByte)), FIRST_BYTE_MS),
        atMost(toRegistry, REGISTRY_RATIO),
        atMost(toNginx, NGINX_RATIO),
      ),
    }
  })
}

/** All clients at an empty peer. */
export async function measureColdPeers(
  { upstream, rounds }: BenchContext,
  upstreamUrl: string,
  clients: DownloadClients,
): Promise<Measurements<ColdRound>> {
  const { repository, bigBlob } = upstream.image
  return await measureCold(rounds, upstreamUrl, async (peer) => {
    const before = await upstream.countDownloads()
    const url = `${peer.url}/v2/${repository}/blobs/${bigBlob.digest}`
    const downloads = await clients.download(url, bigBlob.sizeBytes)
    // Counted when the peer has stopped: then every reply to it has ended and is in the upstream's log.
    await peer.stop()
    const upstreamDownloads = (await upstream.countDownloads()) - before
    await peer.start()
    await expectBigBlob(peer, upstream.image)
    return { ...downloads, upstreamDownloads }
  })
}

export function coldFigures(values: readonly ColdRound[]): { measured: string; spread: string } {
  const walls = values.map(({ wallMs }) => wallMs)
  const first = median(values.map(({ firstByteMs }) => firstByteMs[0] ?? Number.NaN))
  const last = median(values.map(lastFirstByte))
  const downloads = [...new Set(values.map(({ upstreamDownloads }) => upstreamDownloads))].sort(
    (a, b) => a - b,
  )
  return {
    measured: `${downloads.join(' or ')} download(s), first bytes ${count(first)} to ${count(last)} ms, wall ${seconds(median(walls))} s`,
    spread: `wall ${spread(walls, seconds)} s`,
  }
}

function lastFirstByte({ firstByteMs }: ColdRound): number {
  return firstByteMs.at(-1) ?? Number.NaN
}
