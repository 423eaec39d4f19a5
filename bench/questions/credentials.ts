import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildDist } from '../../test/support/real/build-dist.ts'
import { Cleanups } from '../../test/support/real/cleanups.ts'
import { runCommand } from '../../test/support/real/run-command.ts'
import { scratchDir } from '../../test/support/real/scratch-dir.ts'
import { type ChurnPlace, churn } from '../credentials/churn.ts'
import { type WrkFigures, type WrkOptions, wrk } from '../load/wrk.ts'
import { readCpuSeconds } from '../measure/cpu-time.ts'
import { median, medianRatio } from '../measure/median.ts'
import { interleave } from '../measure/rounds.ts'
import { entrepot } from '../peers/entrepot.ts'
import type { Peer } from '../peers/peer.ts'
import type { BenchContext, Question, Row } from '../question.ts'
import { count, milliseconds, ratio, spread } from '../report/figures.ts'
import { atLeast, atMost, verdict } from './rows.ts'

const GROUP = 'acme'
const TOKEN_RATIO = 0.9
const P99_RATIO = 2
const CREDENTIALS = 1_000
/** A hundred a second: what a fleet of some thousand runners asks for. */
const CHURN_SECONDS = 10

export const credentials: Question = {
  name: 'credentials',
  needs: ['wrk'],
  asks:
    'credentials: a cached manifest by tag with a bearer token and without (wrk, 32 connections, 5 s); and its p99 with ' +
    `a token in ${CHURN_SECONDS} s in which ${count(CREDENTIALS)} job credentials are minted, used once and revoked.`,
  run: runCredentials,
}

/** A hot manifest in a group that this machine may pull from without credentials, and what to ask for it with. */
interface Place extends ChurnPlace {
  readonly peer: Peer
  readonly token: string
}

async function runCredentials(context: BenchContext): Promise<Row[]> {
  await using cleanups = new Cleanups()
  const place = await prepare(context, cleanups)
  return [...(await askTokens(context, place)), ...(await askChurn(context, place))]
}

async function prepare({ upstream }: BenchContext, cleanups: Cleanups): Promise<Place> {
  const storage = join(await scratchDir('bench-credentials', cleanups), 'storage')
  const anonymous = { networks: ['127.0.0.0/8'] }
  const settings = { groups: { [GROUP]: { anonymous } } }
  const peer = cleanups.use(await entrepot.start(upstream.url, { storage, settings }))
  const created = await runCommand(process.execPath, [
    await buildDist(),
    ...['token', 'create', '--name', 'bench', '--role', 'runner', '--group', GROUP],
    ...['--storage', storage, '--json'],
  ])
  const { secret: runner } = JSON.parse(created) as { readonly secret: string }
  const { repository, root } = upstream.image
  const path = `/v2/${GROUP}/dependency_proxy/containers/${repository}/manifests/latest`
  const authorization = `Basic ${Buffer.from(`bench:${runner}`).toString('base64')}`
  const reply = await fetch(`${peer.url}/jwt/auth?service=dependency_proxy`, { headers: { authorization } })
  const { token } = (await reply.json()) as { readonly token: string }
  const accept = root.mediaType
  const warmed = await fetch(`${peer.url}${path}`, { headers: { accept, authorization: `Bearer ${token}` } })
  if (!Buffer.from(await warmed.arrayBuffer()).equals(root.bytes))
    throw new Error(`${path}: ${warmed.status}`)
  return { peer, token, url: peer.url, path, accept, group: GROUP, runner }
}

interface Loaded extends WrkFigures {
  readonly cpuMicroseconds: number
}

async function load({ peer, path, accept }: Place, options: WrkOptions): Promise<Loaded> {
  const before = await readCpuSeconds(peer.pid)
  const figures = await wrk(`${peer.url}${path}`, accept, options)
  const cpuSeconds = (await readCpuSeconds(peer.pid)) - before
  return { ...figures, cpuMicroseconds: (cpuSeconds * 1e6) / figures.requests }
}

async function askTokens({ rounds }: BenchContext, place: Place): Promise<Row[]> {
  const loads = await interleave(['anonymous', 'bearer token'] as const, rounds, (subject) =>
    load(place, subject === 'anonymous' ? {} : { token: place.token }),
  )
  const anonymous = loads.get('anonymous') ?? []
  return [...loads].map(([subject, values]): Row => {
    const rates = values.map(({ requestsPerSecond }) => requestsPerSecond)
    const cpu = median(values.map(({ cpuMicroseconds }) => cpuMicroseconds))
    const row = {
      question: 'hot manifest of a group',
      subject,
      measured: `${count(median(rates))} requests/s, ${cpu.toFixed(1)} us of CPU each`,
      spread: spread(rates, count),
    }
    if (subject === 'anonymous') return { ...row, compared: '', toReach: '', verdict: '' }
    const compared = medianRatio(
      rates,
      anonymous.map(({ requestsPerSecond }) => requestsPerSecond),
    )
    const toReach = `>= ${TOKEN_RATIO}x anonymous`
    const reached = verdict(atLeast(compared, TOKEN_RATIO))
    return { ...row, compared: `${ratio(compared)} anonymous`, toReach, verdict: reached }
  })
}

/** Who mints must not take the processors of the server and of wrk, which are asked for more than there is. */
async function yielding(act: () => Promise<void>): Promise<void> {
  // What is started from now on would have the low priority too.
  await sleep(200)
  setPriority(constants.priority.PRIORITY_LOW)
  try {
    await act()
  } finally {
    setPriority(constants.priority.PRIORITY_NORMAL)
  }
}

async function askChurn({ rounds }: BenchContext, place: Place): Promise<Row[]> {
  const loads = await interleave([false, true], rounds, async (withChurn) => {
    const running = load(place, { token: place.token, seconds: CHURN_SECONDS })
    if (withChurn) await yielding(() => churn(place, CREDENTIALS, CHURN_SECONDS * 1000))
    return (await running).p99Ms
  })
  const alone = loads.get(false) ?? []
  return [...loads].map(([withChurn, values]): Row => {
    const row = {
      question: 'p99 of a hot manifest with a token',
      subject: withChurn ? `while ${count(CREDENTIALS)} credentials come and go` : 'alone',
      measured: `${milliseconds(median(values))} ms`,
      spread: spread(values, milliseconds),
    }
    if (!withChurn) return { ...row, compared: '', toReach: '', verdict: '' }
    const compared = medianRatio(values, alone)
    const toReach = `<= ${P99_RATIO}x alone`
    const reached = verdict(atMost(compared, P99_RATIO))
    return { ...row, compared: `${ratio(compared)} alone`, toReach, verdict: reached }
  })
}
