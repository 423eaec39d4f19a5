import { describe, expect, test } from 'vitest'
import { TokenRotation } from '../../../../src/cli/runner/rotation/token-rotation.ts'
import { isRegistered } from '../../../../src/cli/runner/runner-file.ts'
import { readRunnerFile } from '../../../../src/executor/config/read-runner-file.ts'
import type { TokenRecord } from '../../../../src/executor/config/renew-token.ts'
import { startCoordinator } from '../../../support/coordinator/a-runner.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { RecordLog } from '../../../support/record-log.ts'

const DAY_MS = 24 * 60 * 60_000

/** A runner whose token was given today, for eight days; and a disk that fails after the server was asked. */
async function start() {
  const clock = new FakeClock()
  const coordinator = await startCoordinator()
  const { server, token } = coordinator
  const day = (days: number) => new Date(clock.now() + days * DAY_MS).toISOString()
  const text = `[[runners]]
name = "one"
url = "${server.url}"
token = "${token}"
token_obtained_at = ${day(0)}
token_expires_at = ${day(8)}
`
  server.runners.tokenExpiresAt = day(16)
  const runners = readRunnerFile(text, { file: 'config.toml', dockerHost: '', env: {} }).runners.filter(
    isRegistered,
  )
  const log = new RecordLog()
  const over = new AbortController()
  const disk = { isFull: false }
  const written: TokenRecord[] = []
  const told: string[] = []
  const rotation = new TokenRotation({
    runners: () => runners,
    file: {
      rehearse: async () => true,
      write: async (_key, record) => {
        if (disk.isFull) throw new Error('ENOSPC')
        written.push(record)
        return true
      },
    },
    openServer: async () => ({ registration: coordinator.registration, close: async () => {} }),
    rest: () => told.push('rest'),
    resume: () => told.push('resume'),
    reload: () => told.push('reload'),
    clock,
    log,
    random: () => 0,
  })
  const ended = rotation.run(over.signal)
  const asleep = () => expect.poll(() => clock.sleeperCount, { interval: 2 }).toBe(1)
  await asleep()
  return {
    ...coordinator,
    clock,
    log,
    disk,
    written,
    told,
    over,
    ended,
    resets: () => server.callsTo(/reset/).length,
    /** Time goes on, and what is due then is done. */
    advance: async (ms: number) => {
      clock.advance(ms)
      await asleep()
    },
    [Symbol.asyncDispose]: async () => {
      over.abort()
      await ended
      await coordinator[Symbol.asyncDispose]()
    },
  }
}

describe('the rotation of a token', () => {
  test('asks after three quarters of its life, and once', async () => {
    await using run = await start()
    await run.advance(6 * DAY_MS - 1)
    expect(run.resets()).toBe(0)
    await run.advance(60_000)
    expect(run.resets()).toBe(1)
    expect(run.told).toEqual(['rest', 'reload'])
    expect(run.written).toMatchObject([{ token: `${run.token}-renewed`, obtainedAt: run.clock.now() }])
    expect(run.log.of('runner.token_renewed')).toMatchObject([{ fields: { runners: ['one'] } }])
  })

  test('goes on with a token that the server leaves as it is, with a longer life', async () => {
    await using run = await start()
    const body = Buffer.from(JSON.stringify({ token: run.token, token_expires_at: null }))
    run.server.fault({ at: /reset/, answer: { status: 201, body } })
    await run.advance(6 * DAY_MS)
    expect(run.told).toEqual(['rest', 'resume', 'reload'])
    expect(run.written).toMatchObject([{ token: run.token, expiresAt: undefined }])
  })

  test('goes back to the old one while the server fails, and asks again after longer and longer', async () => {
    await using run = await start()
    run.server.fault({ at: /reset/, answer: { status: 502 }, times: 2 })
    await run.advance(6 * DAY_MS)
    expect(run.told).toEqual(['rest', 'resume'])
    await run.advance(60_000)
    await run.advance(60_000)
    expect(run.resets()).toBe(2)
    expect(run.log.of('runner.token_not_renewed').map(({ fields }) => fields.waitMs)).toEqual([
      60_000, 120_000,
    ])
    await run.advance(60_000)
    expect(run.resets()).toBe(3)
    expect(run.told).toEqual(['rest', 'resume', 'rest', 'resume', 'rest', 'reload'])
  })

  test('keeps a new token that the disk does not take until it does', async () => {
    await using run = await start()
    run.disk.isFull = true
    await run.advance(6 * DAY_MS)
    expect(run.log.of('runner.token_unwritten')).toHaveLength(1)
    await run.advance(60_000)
    expect(run.log.of('runner.token_unwritten')).toHaveLength(2)
    expect(run.told).toEqual(['rest'])
    run.disk.isFull = false
    await run.advance(120_000)
    expect(run.written).toHaveLength(1)
    expect(run.told).toEqual(['rest', 'reload'])
    expect(run.resets()).toBe(1)
    expect(JSON.stringify(run.log.lines)).not.toContain('s3cret')
  })

  test.each([
    [false, 1],
    [true, 0],
  ])('writes it once more when it is stopped; the disk is full: %s', async (isFull, count) => {
    await using run = await start()
    run.disk.isFull = true
    await run.advance(6 * DAY_MS)
    run.disk.isFull = isFull
    run.over.abort()
    await run.ended
    expect(run.written).toHaveLength(count)
    expect(run.log.of('runner.token_unwritten')).toHaveLength(isFull ? 2 : 1)
  })
})
