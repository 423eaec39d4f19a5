import { describe, expect, test } from 'vitest'
import { app, failureOf, openUpstream, refer } from './open-upstream.ts'

const latest = refer('latest')

describe('deadlines', () => {
  test('no head within the default: timeout, by the clock', async () => {
    await using open = await openUpstream()
    open.scripted.fault({ do: { kind: 'silence' } })
    const failure = failureOf(open.upstream.resolve(app, latest, {}))
    await open.scripted.waitFor({})
    open.clock.advance(29_999)
    expect(open.clock.sleeperCount).toBe(1)
    open.clock.advance(1)
    expect(await failure).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('within 30000 ms'),
    })
    await expect.poll(() => open.scripted.connectionCount).toBe(0)
  })

  test('a manifest’s body counts, and the caller’s deadline replaces the default', async () => {
    await using open = await openUpstream()
    open.scripted.addImage(app)
    open.scripted.fault({ do: { kind: 'stall', afterBytes: 10 } })
    const failure = failureOf(open.upstream.fetchManifest(app, latest, { deadlineMs: 3_000 }))
    await expect.poll(() => open.scripted.requests[0]?.bytesSent).toBe(10)
    open.clock.advance(3_000)
    expect(await failure).toMatchObject({ code: 'timeout' })
  })

  test('a finished call leaves no timer behind', async () => {
    await using open = await openUpstream()
    open.scripted.addImage(app)
    await open.upstream.fetchManifest(app, latest, {})
    await failureOf(open.upstream.fetchManifest(app, refer('none'), {}))
    expect(open.clock.sleeperCount).toBe(0)
  })

  test('the caller’s signal ends the call with its own reason', async () => {
    await using open = await openUpstream()
    open.scripted.fault({ do: { kind: 'silence' } })
    const reason = new Error('the client left')
    const caller = new AbortController()
    const asked = open.upstream.resolve(app, latest, { signal: caller.signal })
    await open.scripted.waitFor({})
    caller.abort(reason)
    await expect(asked).rejects.toBe(reason)
    await expect(open.upstream.resolve(app, latest, { signal: caller.signal })).rejects.toBe(reason)
    expect(open.scripted.count()).toBe(1)
    await expect.poll(() => open.scripted.connectionCount).toBe(0)
  })
})
