import { wrk } from '../load/wrk.ts'
import { median, medianRatio } from '../measure/median.ts'
import { measureWarm } from '../peers/measure-peers.ts'
import type { Peer } from '../peers/peer.ts'
import type { BenchContext, Question, Row } from '../question.ts'
import { count, ratio, spread } from '../report/figures.ts'
import { atLeast, peerRows, valuesOf, verdict } from './rows.ts'

const NGINX_RATIO = 0.6

export const hotManifest: Question = {
  name: 'hot-manifest',
  needs: ['wrk'],
  asks: 'hot-manifest: requests per second for a cached manifest by tag (wrk, 32 connections, 5 s).',
  run: runHotManifest,
}

async function runHotManifest(context: BenchContext): Promise<Row[]> {
  const { repository, root } = context.upstream.image
  const urlAt = (peer: Peer) => `${peer.url}/v2/${repository}/manifests/latest`
  const warm = async (peer: Peer) => {
    const headers = { accept: root.mediaType }
    const reply = await fetch(urlAt(peer), { headers, signal: AbortSignal.timeout(30_000) })
    const body = Buffer.from(await reply.arrayBuffer())
    if (!body.equals(root.bytes)) throw new Error(`${peer.name}: another manifest (${reply.status}): ${body}`)
  }
  const rates = await measureWarm(
    context,
    warm,
    async (peer) => (await wrk(urlAt(peer), root.mediaType)).requestsPerSecond,
  )
  return peerRows('hot manifest by tag', rates, (name, values) => {
    const figures = { measured: `${count(median(values))} requests/s`, spread: spread(values, count) }
    if (name !== 'Entrepot') return figures
    const toNginx = medianRatio(values, valuesOf(rates, 'nginx'))
    const toRegistry = medianRatio(values, valuesOf(rates, 'docker-registry'))
    return {
      ...figures,
      compared: `${ratio(toNginx)} nginx, ${ratio(toRegistry)} docker-registry`,
      toReach: `>= ${NGINX_RATIO}x nginx`,
      verdict: verdict(atLeast(toNginx, NGINX_RATIO)),
    }
  })
}
