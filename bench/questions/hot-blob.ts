import { curl } from '../load/curl.ts'
import { median, medianRatio } from '../measure/median.ts'
import { measureWarm } from '../peers/measure-peers.ts'
import type { Peer } from '../peers/peer.ts'
import type { BenchContext, Question, Row } from '../question.ts'
import { gigabytesPerSecond, ratio, spread } from '../report/figures.ts'
import { warmUp } from './blob.ts'
import { atLeast, peerRows, valuesOf, verdict } from './rows.ts'

/** Clients, and how often each downloads in a sample: about as many bytes in all. */
const LOADS = [
  { clients: 1, times: 8 },
  { clients: 8, times: 2 },
]

export const hotBlob: Question = {
  name: 'hot-blob',
  needs: ['curl'],
  asks: 'hot-blob: a cached blob of 256 MiB to 1 and to 8 curl clients at once, in GB/s over all.',
  async run(context) {
    const rows: Row[] = []
    for (const load of LOADS) rows.push(...(await runHotBlob(context, load)))
    return rows
  },
}

async function runHotBlob(context: BenchContext, load: (typeof LOADS)[number]): Promise<Row[]> {
  const { repository, bigBlob } = context.upstream.image
  const path = `/v2/${repository}/blobs/${bigBlob.digest}`
  const { sizeBytes } = bigBlob
  const measure = (peer: Peer) => curl({ url: `${peer.url}${path}`, ...load, sizeBytes })
  const rates = await measureWarm(context, (peer) => warmUp(peer, context.upstream.image), measure)
  return peerRows(`hot blob, ${load.clients} client(s)`, rates, (name, values) => {
    const measured = `${gigabytesPerSecond(median(values))} GB/s`
    const figures = { measured, spread: spread(values, gigabytesPerSecond) }
    if (name !== 'Entrepot') return figures
    const toRegistry = medianRatio(values, valuesOf(rates, 'docker-registry'))
    const toNginx = medianRatio(values, valuesOf(rates, 'nginx'))
    return {
      ...figures,
      compared: `${ratio(toRegistry)} docker-registry, ${ratio(toNginx)} nginx`,
      toReach: '>= 1.0x both',
      verdict: verdict(atLeast(toRegistry, 1), atLeast(toNginx, 1)),
    }
  })
}
