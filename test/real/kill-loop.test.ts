import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { inspectStorage } from '../support/inspect-storage.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { type EntrepotProcess, startEntrepot } from '../support/real/entrepot-process.ts'
import { ReplayImages } from '../support/replay/images.ts'
import { type PullReport, pullImage } from '../support/replay/pull.ts'
import { seededRandom, zipf } from '../support/replay/random.ts'
import { Trouble } from '../support/replay/trouble.ts'
import { startScriptedUpstream } from '../support/scripted-upstream.ts'
import { mountSmallDisk } from '../support/small-disk.ts'

const MIB = 1024 * 1024
const KILLS = 50
const IMAGES = 60
const CLIENTS = 6
/** About a third of what all images take. */
const BUDGET_BYTES = 14 * MIB
const DISK_BYTES = 48 * MIB
/** From the moment that it is ready: the walk after the start is hit too. */
const LONGEST_LIFE_MS = 500
/** Some are killed while they start, within this. */
const STARTING_SHARE = 0.2
const LONGEST_START_MS = 1_000
/** Clients come back fast, so that there is much under way whenever it is killed. */
const LONGEST_WAIT_MS = 200

describeWith(['root'], '(d8) (d9) (d10) (d12) kill -9, again and again, during a replay of pulls', () => {
  test('no wrong byte, nothing dangles, the accounts are right, the budget is kept', async () => {
    const seed = Number(process.env.SEED ?? randomInt(1_000_000))
    process.stderr.write(`kill loop: SEED=${seed}\n`)
    const random = seededRandom(seed)
    await using upstream = await startScriptedUpstream()
    const images = new ReplayImages(upstream, IMAGES, random)
    const trouble = new Trouble(upstream, images, IMAGES, random)
    await using disk = await mountSmallDisk(DISK_BYTES)
    if (disk === undefined) throw new Error('root may mount a tmpfs')
    const storage = { path: disk.path, maxSize: `${BUDGET_BYTES / MIB}MiB`, minFree: '2MiB' }
    await using entrepot = await startEntrepot({
      storage: disk.path,
      upstreams: { 'docker.io': { url: upstream.url, tagTtl: '1s' } },
      settings: { storage },
    })
    await entrepot.kill('SIGKILL')

    const next = zipf(IMAGES, random)
    const reports: PullReport[] = []
    let isOver = false
    const client = async (): Promise<void> => {
      while (!isOver) {
        trouble.beforePull()
        reports.push(await pullImage(entrepot.url, images.repository(next()), LONGEST_WAIT_MS))
      }
    }
    const clients = Promise.all(Array.from({ length: CLIENTS }, client))
    for (let kills = 0; kills < KILLS; kills += 1) {
      const starting = entrepot.start().catch(() => {})
      if (random() < STARTING_SHARE) await delay(random() * LONGEST_START_MS)
      else await starting.then(() => delay(random() * LONGEST_LIFE_MS))
      while ((await entrepot.kill('SIGKILL')) === undefined) await delay(1)
      await starting
    }
    await entrepot.start()
    isOver = true
    upstream.clearFaults()
    await clients
    expect(reports.reduce((sum, { wrong }) => sum + wrong, 0)).toBe(0)

    // What is served after all this is whole: each image has its blobs, or they are fetched.
    for (let rank = 0; rank < IMAGES; rank += 1) {
      const report = await pullImage(entrepot.url, images.repository(rank))
      expect(report, images.repository(rank)).toMatchObject({ done: true, wrong: 0 })
    }
    await entrepot.kill('SIGKILL')
    await entrepot.start()
    await reconciled(entrepot)
    expect((await entrepot.stop())?.code).toBe(0)
    const { usedBytes, unfinishedBytes } = await inspectStorage(disk.path)
    expect(usedBytes + unfinishedBytes).toBeLessThanOrEqual(BUDGET_BYTES)
    // The replay did what it is for.
    expect(entrepot.logs.some(({ event }) => event === 'space.evicted')).toBe(true)
    expect(entrepot.logs.filter(({ event }) => event === 'storage.reconcile_failed')).toEqual([])
    const added = entrepot.logs.filter(({ event, rowsAdded }) => event === 'storage.reconciled' && rowsAdded)
    process.stderr.write(`kill loop: ${reports.length} pulls, ${added.length} starts found a commit to end\n`)
  }, 300_000)
})

/** The last start has compared disk and catalog: some earlier ones were killed before they had. */
async function reconciled(entrepot: EntrepotProcess): Promise<void> {
  const last = () => entrepot.logs.findLastIndex(({ event }) => event === 'storage.reconciled')
  const started = () => entrepot.logs.findLastIndex(({ event }) => event === 'server.listening')
  await expect.poll(() => last() > started(), { timeout: 10_000 }).toBe(true)
}
