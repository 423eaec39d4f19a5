import { Cleanups } from '../../test/support/real/cleanups.ts'
import type { ReplayImages } from '../../test/support/replay/images.ts'
import type { PullReport } from '../../test/support/replay/pull.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../../test/support/scripted-upstream.ts'
import { dockerRegistry } from '../peers/docker-registry.ts'
import { entrepot } from '../peers/entrepot.ts'
import type { PeerKind, PeerName } from '../peers/peer.ts'
import type { Question, Row } from '../question.ts'
import { CLIENTS, ReplayPulls } from '../replay/replay-pulls.ts'
import { SmallDisk } from '../replay/small-disk.ts'
import { count, MIB, mebibytes, seconds } from '../report/figures.ts'
import { verdict } from './rows.ts'

const PULLS = 2_000
const IMAGES = 300
const SEED = 20_26
/** About a third of what all images take; the disk is a little larger. */
const BUDGET_BYTES = 52 * MIB
const DISK_BYTES = 96 * MIB

export const replay: Question = {
  name: 'replay',
  needs: [],
  asks:
    `replay: ${count(PULLS)} pulls of ${IMAGES} image variants, Zipf-distributed, ${CLIENTS} clients at a time, a budget of ` +
    `${mebibytes(BUDGET_BYTES)} MiB on a disk of ${mebibytes(DISK_BYTES)} MiB, before an upstream that breaks off, stalls, sends wrong bytes, limits and moves tags.`,
  run: runReplay,
}

async function runReplay(): Promise<Row[]> {
  if (process.getuid?.() !== 0) return [skipped('root is needed to mount a small disk')]
  const rows: Row[] = []
  for (const kind of [dockerRegistry, entrepot]) {
    const missing = kind.missing()
    rows.push(missing === undefined ? await replayThrough(kind) : skipped(missing))
  }
  return rows
}

async function replayThrough(kind: PeerKind): Promise<Row> {
  await using cleanups = new Cleanups()
  const upstream = cleanups.use(await startScriptedUpstream())
  const replayed = new ReplayPulls(upstream, IMAGES, SEED)
  const disk = await SmallDisk.mount(DISK_BYTES, cleanups)
  const peer = cleanups.use(
    await kind.start(upstream.url, {
      storage: disk.path,
      settings: {
        storage: { path: disk.path, maxSize: `${BUDGET_BYTES / MIB}MiB`, minFree: '8MiB' },
        upstreams: { 'docker.io': { url: upstream.url, tagTtl: '5s' } },
      },
    }),
  )
  const startedAt = performance.now()
  const reports = await replayed.pull(peer.url, PULLS)
  const wallMs = performance.now() - startedAt
  return rowOf(peer.name, reports, upstream, replayed.images, disk, wallMs)
}

function rowOf(
  name: PeerName,
  reports: readonly PullReport[],
  upstream: ScriptedUpstream,
  images: ReplayImages,
  disk: SmallDisk,
  wallMs: number,
): Row {
  const sum = (pick: (report: PullReport) => number) => reports.reduce((total, one) => total + pick(one), 0)
  const failed = sum(({ done }) => (done ? 0 : 1))
  const wrong = sum((report) => report.wrong)
  const sentBytes = upstream.requests.reduce((total, request) => total + request.bytesSent, 0)
  const heads = upstream.count({ method: 'HEAD' })
  const manifests = upstream.count({ method: 'GET', path: /manifests/ })
  const blobs = upstream.count({ method: 'GET', path: /blobs/ })
  const measured = [
    `${count(reports.length - failed)} pulls done, ${failed} given up, ${count(sum((report) => report.retries))} retries`,
    `${wrong} wrong replies`,
    `${mebibytes(sum((report) => report.bytes))} MiB to clients`,
    `upstream: ${count(heads)} HEAD, ${count(manifests)} manifest GET, ${count(blobs)} blob GET, ${mebibytes(sentBytes)} MiB`,
    `disk at most ${mebibytes(disk.mostBytes)} MiB of images of ${mebibytes(images.totalBytes)} MiB`,
    `${seconds(wallMs)} s`,
  ].join('; ')
  const empty = { question: 'replay', subject: name, measured, spread: '', compared: '' } as const
  if (name !== 'Entrepot') return { ...empty, toReach: '', verdict: '' }
  return {
    ...empty,
    toReach: `no wrong reply, none given up, disk below ${mebibytes(DISK_BYTES)} MiB`,
    verdict: verdict(wrong === 0, failed === 0, disk.mostBytes < DISK_BYTES),
  }
}

function skipped(reason: string): Row {
  const empty = { spread: '', compared: '', toReach: '', verdict: '' } as const
  return { question: 'replay', subject: 'all', measured: `skipped: ${reason}`, ...empty }
}
