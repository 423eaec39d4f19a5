import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Cleanups } from '../../test/support/real/cleanups.ts'
import { runCommand } from '../../test/support/real/run-command.ts'
import { scratchDir } from '../../test/support/real/scratch-dir.ts'
import { Forked } from '../load/forked.ts'
import type { HeldConnectionsOrder, HeldConnectionsReport } from '../load/held-connections-process.ts'
import { wrk } from '../load/wrk.ts'
import { median, medianRatio } from '../measure/median.ts'
import { readMemory } from '../measure/memory.ts'
import { interleave } from '../measure/rounds.ts'
import { entrepot } from '../peers/entrepot.ts'
import type { Peer } from '../peers/peer.ts'
import type { BenchContext, Question, Row } from '../question.ts'
import { count, MIB, mebibytes, milliseconds, ratio, seconds, spread } from '../report/figures.ts'
import { askColdTags } from '../scale/cold-tags.ts'
import { watchEviction } from '../scale/eviction.ts'
import { BLOBS_PER_IMAGE, fillStorage, imageBytes, TAGS } from '../scale/fill-storage.ts'
import { probeArgs } from '../scale/loop-delay.ts'
import { atMost, verdict } from './rows.ts'

const STARTS = 5
const CONNECTIONS = 2_000
const HOLD_MS = 8_000
const EVICTED_IMAGES = 10_000
const REMOVE_TIMEOUT_MS = 5 * 60_000

const START_MS = 1_000
const P99_RATIO = 1.5
const COLD_TAG_MS = 1
const MEMORY_MIB = 300
const BLOCK_MS = 50

const BLOBS = TAGS * BLOBS_PER_IMAGE
const QUESTION = `${count(BLOBS)} blobs, ${count(TAGS)} tags`

export const scale: Question = {
  name: 'scale',
  needs: ['wrk'],
  asks:
    `scale: a catalog of ${count(BLOBS)} blobs, each an empty file of its own on the disk, and ${count(TAGS)} tags with their manifests. ` +
    `Everything but the eviction while disk and catalog are compared; the eviction takes ${count(EVICTED_IMAGES)} images.`,
  run: runScale,
}

async function runScale(context: BenchContext): Promise<Row[]> {
  await using cleanups = new Cleanups()
  const dir = await scratchDir('scale', cleanups)
  const storage = join(dir, 'storage')
  await mkdir(storage)
  // So many files are removed faster by a program of its own.
  cleanups.defer(() => runCommand('rm', ['-rf', storage], { timeoutMs: REMOVE_TIMEOUT_MS }))
  await fillStorage(storage)
  return [...(await askFull(context, storage)), ...(await askEviction(context, dir, storage))]
}

async function askFull(context: BenchContext, storage: string): Promise<Row[]> {
  await using peers = new Cleanups()
  const full = peers.use(
    await start(context, { path: storage, maxSize: inMebibytes(TAGS * imageBytes() * 2) }),
  )
  const starts: number[] = []
  for (let round = 0; round < STARTS; round++) {
    await full.stop()
    await full.start()
    starts.push(full.startedInMs)
  }
  const coldTags = await askColdTags(full)
  const empty = peers.use(await entrepot.start(context.upstream.url))
  const { repository, root } = context.upstream.image
  const urlAt = ({ url }: Peer) => `${url}/v2/${repository}/manifests/latest`
  for (const peer of [empty, full]) {
    const reply = await fetch(urlAt(peer), { headers: { accept: root.mediaType } })
    await reply.arrayBuffer()
  }
  const p99 = await interleave(
    [empty, full],
    context.rounds,
    async (peer) => (await wrk(urlAt(peer), root.mediaType)).p99Ms,
  )
  const held = await holdConnections(context, full)
  return [
    startRow(starts),
    p99Row(p99.get(full) ?? [], p99.get(empty) ?? []),
    coldTagRow(coldTags),
    heldRow(held),
  ]
}

function start(context: BenchContext, storage: object, nodeArgs: readonly string[] = []): Promise<Peer> {
  // The files are not what their digests say: nobody may find that out.
  return entrepot.start(context.upstream.url, {
    settings: { storage: { ...storage, scrubRate: '0' } },
    nodeArgs,
  })
}

function inMebibytes(bytes: number): string {
  return `${Math.floor(bytes / MIB)}MiB`
}

async function holdConnections({ upstream }: BenchContext, peer: Peer) {
  const module = new URL('../load/held-connections-process.ts', import.meta.url)
  await using connections = await Forked.start<HeldConnectionsOrder, HeldConnectionsReport>(module)
  const { repository, root } = upstream.image
  const url = `${peer.url}/v2/${repository}/manifests/latest`
  const order = { url, accept: root.mediaType, connections: CONNECTIONS, forMs: HOLD_MS }
  const report = connections.ask(order)
  await wrk(url, root.mediaType)
  const { answered, lost } = await report
  return { answered, lost, ...(await readMemory([peer.pid])) }
}

async function askEviction(context: BenchContext, dir: string, storage: string): Promise<Row[]> {
  const probeFile = join(dir, 'loop-delay.json')
  const maxBytes = TAGS * imageBytes()
  const lowMark = `${100 - (EVICTED_IMAGES / TAGS) * 100}%`
  const settings = { path: storage, maxSize: inMebibytes(maxBytes), lowMark }
  await using peer = await start(context, settings, probeArgs(probeFile))
  const { images, blobs, wallMs, longestBlockMs, peakBytes } = await watchEviction(peer, probeFile)
  return [
    row(
      `eviction: ${count(images)} images with ${count(blobs)} blobs in ${seconds(wallMs)} s, event loop held up for ${milliseconds(longestBlockMs)} ms at most, ${mebibytes(peakBytes)} MiB`,
      '',
      `>= ${count(EVICTED_IMAGES)} images, <= ${BLOCK_MS} ms, <= ${MEMORY_MIB} MiB`,
      images >= EVICTED_IMAGES,
      atMost(longestBlockMs, BLOCK_MS),
      atMost(peakBytes, MEMORY_MIB * MIB),
    ),
  ]
}

function startRow(starts: readonly number[]): Row {
  const measured = `start to ready: ${count(median(starts))} ms`
  return row(measured, `${spread(starts, count)} ms`, `<= ${START_MS} ms`, atMost(median(starts), START_MS))
}

function p99Row(full: readonly number[], empty: readonly number[]): Row {
  const toEmpty = medianRatio(full, empty)
  return {
    ...row(
      `hot manifest: p99 ${milliseconds(median(full))} ms`,
      `${spread(full, milliseconds)} ms`,
      `<= ${P99_RATIO}x`,
      atMost(toEmpty, P99_RATIO),
    ),
    compared: `${ratio(toEmpty)} an empty catalog`,
  }
}

function coldTagRow(times: readonly number[]): Row {
  const sorted = times.toSorted((one, other) => one - other)
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN
  return row(
    `first pull of a manifest by tag: ${milliseconds(median(times))} ms, p99 ${milliseconds(p99)} ms (${count(times.length)} tags)`,
    '',
    `<= ${COLD_TAG_MS} ms`,
    atMost(median(times), COLD_TAG_MS),
  )
}

function heldRow({ answered, lost, peak }: { answered: number; lost: number; peak: number }): Row {
  return row(
    `${count(CONNECTIONS)} connections held: ${count(answered)} answered, ${count(lost)} lost; ${mebibytes(peak)} MiB at most since the start`,
    '',
    `all, <= ${MEMORY_MIB} MiB`,
    answered === CONNECTIONS,
    lost === 0,
    atMost(peak, MEMORY_MIB * MIB),
  )
}

function row(
  measured: string,
  rounds: string,
  toReach: string,
  ...reached: readonly (boolean | undefined)[]
): Row {
  const verdicts = verdict(...reached)
  return {
    question: QUESTION,
    subject: 'Entrepot',
    measured,
    spread: rounds,
    compared: '',
    toReach,
    verdict: verdicts,
  }
}
