import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { Cleanups } from '../support/real/cleanups.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { startEntrepot } from '../support/real/entrepot-process.ts'
import { pullOverHttp } from '../support/real/http-pull.ts'
import { MovableClock } from '../support/real/movable-clock.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'
import { startScriptedUpstream } from '../support/scripted-upstream.ts'

const DAY_MS = 24 * 60 * 60 * 1000

describeWith(['faketime'], '(d25) a server whose clock is set while it runs', () => {
  test('a year forward, a day back, and over a restart: pulls go on, and nothing is lost', async () => {
    await using cleanups = new Cleanups()
    const upstream = cleanups.use(await startScriptedUpstream())
    upstream.addImage('library/app', { tags: ['1'], layers: [randomBytes(300_000), randomBytes(1_000)] })
    const storage = await scratchDir('storage', cleanups)
    const clock = await MovableClock.create(cleanups)
    const entrepot = await startEntrepot({
      upstreams: { 'docker.io': upstream.url },
      storage,
      settings: { storage: { path: storage, maxAge: '30d' } },
      env: clock.env,
    })
    cleanups.use(entrepot)
    const base = `${entrepot.url}/v2/library/app/`
    const outcomes = async () =>
      (await pullOverHttp({ base, reference: '1' })).map(
        ({ cacheStatus }) => /detail=(\w+)/.exec(cacheStatus ?? '')?.[1],
      )
    const kept = ['hit', 'hit', 'hit']
    expect(await outcomes()).toEqual(Array(4).fill('miss'))

    for (const [offset, offsetDays] of [
      ['+365d', 365],
      ['-1d', -1],
    ] as const) {
      await clock.set(offset)
      // Node writes the date anew once a second.
      await expect.poll(() => offsetOf(entrepot.url), { timeout: 5_000 }).toBeCloseTo(offsetDays, 1)
      expect(await outcomes()).toEqual(['revalidated', ...kept])
      expect(await outcomes()).toEqual(['hit', ...kept])
      await entrepot.restart()
      expect(await outcomes()).toEqual(['hit', ...kept])
    }
    await upstream.stop()
    await clock.set('+0')
    expect(await outcomes()).toEqual(['stale', ...kept])
    expect((await entrepot.stop())?.code).toBe(0)
  })
})

/** In days. */
async function offsetOf(url: string): Promise<number> {
  const date = (await fetch(`${url}/healthz`)).headers.get('date') ?? ''
  return (Date.parse(date) - Date.now()) / DAY_MS
}
