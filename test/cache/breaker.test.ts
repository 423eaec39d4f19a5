import { describe, expect, test } from 'vitest'
import {
  Breaker,
  type BreakerCall,
  COPY_PAUSE_MS,
  FAILURES_TO_OPEN,
  FIRST_PROBE_MS,
  LONGEST_PROBE_MS,
  LONGEST_TOLD_MS,
} from '../../src/cache/breaker.ts'
import { blobVerdict, registryVerdict, tokenVerdict } from '../../src/cache/breaker-verdict.ts'
import { LONGEST_PAUSE_MS } from '../../src/cache/rate-decision.ts'
import { UpstreamError, type UpstreamErrorCode } from '../../src/upstream/errors.ts'
import { FakeClock } from '../support/fake-clock.ts'

const COLD = { hasCopy: false }
const COPY = { hasCopy: true }

function errorOf(
  code: UpstreamErrorCode,
  server: 'registry' | 'token' = 'registry',
  retryAfterMs?: number,
): UpstreamError {
  const told = retryAfterMs === undefined ? {} : { retryAfterMs }
  return new UpstreamError(code, `docker.io: ${code}`, {
    upstream: 'docker.io',
    server,
    status: 503,
    ...told,
  })
}

/** A breaker before a server that a test makes fail. */
class Guarded {
  readonly clock = new FakeClock()
  readonly breaker: Breaker
  asked = 0
  #error: Error | undefined

  constructor(random = 0, judge = registryVerdict) {
    this.breaker = new Breaker({ clock: this.clock, random: () => random, judge })
  }

  fails(error: Error): this {
    this.#error = error
    return this
  }

  recovers(): this {
    this.#error = undefined
    return this
  }

  readonly work = async (): Promise<string> => {
    this.asked += 1
    if (this.#error !== undefined) throw this.#error
    return 'answer'
  }

  /** The answer, or the error's code; says whether the server was asked. */
  async ask(call: BreakerCall): Promise<string> {
    const before = this.asked
    const said = await this.breaker.run(this.work, call).catch((error: UpstreamError) => error.code)
    return this.asked === before ? `refused: ${said}` : said
  }

  async open(): Promise<this> {
    this.fails(errorOf('unreachable'))
    for (let turn = 0; turn < FAILURES_TO_OPEN; turn += 1) await this.ask(COLD)
    expect(this.breaker.state).toBe('open')
    return this
  }
}

describe('(d14) after one failure', () => {
  test('those who have a copy are not made to wait, those who have none still ask', async () => {
    const guarded = new Guarded().fails(errorOf('timeout'))
    expect(await guarded.ask(COPY)).toBe('timeout')
    expect(guarded.breaker.state).toBe('doubtful')
    expect(await guarded.ask(COPY)).toBe('refused: timeout')
    expect(await guarded.ask(COLD)).toBe('timeout')
  })

  test('one of those who have a copy asks again after half a minute', async () => {
    const guarded = new Guarded().fails(errorOf('timeout'))
    await guarded.ask(COPY)
    guarded.clock.advance(COPY_PAUSE_MS - 1)
    expect(await guarded.ask(COPY)).toBe('refused: timeout')
    guarded.clock.advance(1)
    const both = await Promise.all([guarded.ask(COPY), guarded.ask(COPY)])
    expect(both).toEqual(['timeout', 'refused: timeout'])
  })

  test('an answer to anybody ends it', async () => {
    const guarded = new Guarded().fails(errorOf('failed'))
    await guarded.ask(COPY)
    expect(await guarded.recovers().ask(COLD)).toBe('answer')
    expect(guarded.breaker.state).toBe('closed')
    expect(await guarded.ask(COPY)).toBe('answer')
  })
})

describe('(d14) after several failures in a row', () => {
  test('nobody asks, and the refusal says what it was and when to come back', async () => {
    const guarded = await new Guarded().open()
    const refusal = await guarded.breaker.run(guarded.work, COLD).catch((error: unknown) => error)
    expect(guarded.asked).toBe(FAILURES_TO_OPEN)
    expect(refusal).toBeInstanceOf(UpstreamError)
    expect(refusal).toMatchObject({ code: 'unreachable', status: 503, retryAfterMs: FIRST_PROBE_MS })
    // The sentence of the failure names what another client asked for.
    expect(String(refusal)).toContain('docker.io failed a moment ago (unreachable) and is not asked now')
  })

  test('one request at a time finds out, each time later', async () => {
    const guarded = await new Guarded().open()
    let waitMs = FIRST_PROBE_MS
    for (let probe = 0; probe < 8; probe += 1) {
      guarded.clock.advance(waitMs - 1)
      expect(await guarded.ask(COLD)).toBe('refused: unreachable')
      guarded.clock.advance(1)
      expect(await Promise.all([guarded.ask(COLD), guarded.ask(COLD)])).toEqual([
        'unreachable',
        'refused: unreachable',
      ])
      waitMs = Math.min(LONGEST_PROBE_MS, waitMs * 2)
    }
    expect(waitMs).toBe(LONGEST_PROBE_MS)
  })

  test('one answer closes it, and the waits begin anew', async () => {
    const guarded = await new Guarded().open()
    guarded.clock.advance(FIRST_PROBE_MS)
    await guarded.ask(COLD)
    guarded.clock.advance(2 * FIRST_PROBE_MS)
    expect(await guarded.recovers().ask(COLD)).toBe('answer')
    expect(guarded.breaker.state).toBe('closed')
    await guarded.open()
    guarded.clock.advance(FIRST_PROBE_MS)
    expect(await guarded.ask(COLD)).toBe('unreachable')
  })

  test('those that were on their way when it opened do not make the wait longer', async () => {
    const guarded = new Guarded().fails(errorOf('failed'))
    await Promise.all(Array.from({ length: 20 }, () => guarded.ask(COLD)))
    expect(guarded.breaker.state).toBe('open')
    guarded.clock.advance(FIRST_PROBE_MS)
    expect(await guarded.recovers().ask(COLD)).toBe('answer')
  })

  test('a probe whose caller leaves lets another one through', async () => {
    const guarded = await new Guarded().open()
    guarded.clock.advance(FIRST_PROBE_MS)
    await expect(guarded.breaker.run(() => Promise.reject(new Error('left')), COLD)).rejects.toThrow('left')
    expect(await guarded.recovers().ask(COLD)).toBe('answer')
  })

  test('(d25) a clock that is set back does not keep it open', async () => {
    const guarded = await new Guarded().open()
    guarded.clock.advance(-3_600_000)
    expect(await guarded.recovers().ask(COLD)).toBe('answer')
  })
})

test('waits end up to a tenth earlier', async () => {
  const guarded = await new Guarded(0.999).open()
  guarded.clock.advance(FIRST_PROBE_MS * 0.9 - 1)
  expect(await guarded.ask(COLD)).toBe('refused: unreachable')
  guarded.clock.advance(2)
  expect(await guarded.ask(COLD)).toBe('unreachable')
})

test('what may have failed elsewhere blames nobody, until it is the probe', async () => {
  const guarded = new Guarded().fails(errorOf('unreachable'))
  const blob = { hasCopy: false, blames: false }
  for (let turn = 0; turn < 5; turn += 1) expect(await guarded.ask(blob)).toBe('unreachable')
  expect(guarded.breaker.state).toBe('closed')
  await guarded.open()
  guarded.clock.advance(FIRST_PROBE_MS)
  expect(await guarded.ask(blob)).toBe('unreachable')
  expect(await guarded.ask(blob)).toBe('refused: unreachable')
})

describe('a server that names a time itself', () => {
  const MINUTE = 60_000

  test('is asked by nobody before it, with a copy or without', async () => {
    const guarded = new Guarded().fails(errorOf('failed', 'registry', 2 * MINUTE))
    expect(await guarded.ask(COLD)).toBe('failed')
    guarded.clock.advance(2 * MINUTE - 1)
    expect([await guarded.ask(COLD), await guarded.ask(COPY)]).toEqual(['refused: failed', 'refused: failed'])
    guarded.clock.advance(1)
    expect(await guarded.recovers().ask(COLD)).toBe('answer')
    expect(guarded.breaker.state).toBe('closed')
  })

  const told: [name: string, error: UpstreamError, waitMs: number][] = [
    ['503 of a registry', errorOf('failed', 'registry', 24 * 60 * MINUTE), LONGEST_TOLD_MS],
    ['503 of a token server', errorOf('failed', 'token', 24 * 60 * MINUTE), LONGEST_TOLD_MS],
    ['429 of a token server', errorOf('rate-limited', 'token', 60 * MINUTE), 60 * MINUTE],
    ['429 that asks too much', errorOf('rate-limited', 'token', 24 * 60 * MINUTE), LONGEST_PAUSE_MS],
  ]
  test.each(told)('%s: is believed up to a bound', async (_, error, waitMs) => {
    const judge = error.server === 'token' ? tokenVerdict : registryVerdict
    const guarded = new Guarded(0.999, judge).fails(error)
    await guarded.ask(COLD)
    guarded.clock.advance(waitMs - 1)
    expect(await guarded.ask(COLD)).toBe(`refused: ${error.code}`)
    guarded.clock.advance(1)
    expect(await guarded.ask(COLD)).toBe(error.code)
  })

  test('0 tells nothing', async () => {
    const guarded = new Guarded().fails(errorOf('failed', 'registry', 0))
    await guarded.ask(COLD)
    expect(await guarded.ask(COLD)).toBe('failed')
  })

  test('(d25) a clock that is set back does not make it longer', async () => {
    const guarded = new Guarded().fails(errorOf('failed', 'registry', 2 * MINUTE))
    await guarded.ask(COLD)
    guarded.clock.advance(-1)
    expect(await guarded.recovers().ask(COLD)).toBe('answer')
  })
})

describe('what may be broken for itself', () => {
  const blob = (subject: string) => ({ hasCopy: false, subject })

  test('counts once, however often it fails', async () => {
    const guarded = new Guarded(0, blobVerdict).fails(errorOf('failed'))
    for (let turn = 0; turn < 10; turn += 1) expect(await guarded.ask(blob('one'))).toBe('failed')
    await guarded.ask(blob('two'))
    expect(guarded.breaker.state).toBe('doubtful')
    await guarded.ask(blob('three'))
    expect(guarded.breaker.state).toBe('open')
    expect(await guarded.ask(blob('four'))).toBe('refused: failed')
  })

  test('one that comes begins the count anew', async () => {
    const guarded = new Guarded(0, blobVerdict).fails(errorOf('failed'))
    await guarded.ask(blob('one'))
    await guarded.ask(blob('two'))
    await guarded.recovers().ask(blob('three'))
    guarded.fails(errorOf('failed'))
    await guarded.ask(blob('one'))
    expect(guarded.breaker.state).toBe('doubtful')
  })
})

test('what another breaker answered with says nothing', async () => {
  const inner = await new Guarded().open()
  const outer = new Breaker({ clock: inner.clock, judge: blobVerdict })
  await expect(outer.run(() => inner.breaker.run(inner.work, COLD), COLD)).rejects.toThrow('is not asked now')
  expect(outer.state).toBe('closed')
})

describe('watching a server that may not be needed', () => {
  test('its failure spares the next with a copy; nobody is refused who has none', async () => {
    const guarded = new Guarded().fails(errorOf('timeout'))
    const watch = () => guarded.breaker.watch(guarded.work).catch((error: UpstreamError) => error.code)
    expect(await watch()).toBe('timeout')
    expect(await watch()).toBe('timeout')
    expect(guarded.asked).toBe(1)
    for (let turn = 0; turn < 5; turn += 1) {
      guarded.clock.advance(COPY_PAUSE_MS)
      await watch()
    }
    expect(guarded.breaker.state).toBe('doubtful')
  })

  test('an end without error says nothing of it, and lets one more through', async () => {
    const guarded = await new Guarded().open()
    guarded.clock.advance(COPY_PAUSE_MS)
    await guarded.breaker.watch(async () => 'no token was needed')
    expect(guarded.breaker.state).toBe('open')
  })

  test('it does not stand in the way of the one who asks within', async () => {
    const guarded = await new Guarded().open()
    guarded.recovers().clock.advance(COPY_PAUSE_MS)
    const { breaker, work } = guarded
    expect(await breaker.watch(() => breaker.run(work, COLD))).toBe('answer')
    expect(breaker.state).toBe('closed')
  })
})

const verdicts: [UpstreamErrorCode, registry: string, blobs: string, token: string][] = [
  ['unreachable', 'failure', 'failure', 'failure'],
  ['timeout', 'failure', 'failure', 'failure'],
  ['failed', 'failure', 'failure', 'failure'],
  ['interrupted', 'failure', 'failure', 'failure'],
  ['invalid', 'doubt', 'doubt', 'doubt'],
  ['refused', 'doubt', 'doubt', 'doubt'],
  ['rate-limited', 'answer', 'nothing', 'failure'],
  ['denied', 'answer', 'answer', 'answer'],
  ['not-found', 'answer', 'answer', 'answer'],
]
test.each(verdicts)('%s says %s of a registry, %s of blobs, %s of a token server', (code, ...said) => {
  const own = errorOf(code)
  const ofToken = errorOf(code, 'token')
  expect([registryVerdict(own), blobVerdict(own), tokenVerdict(ofToken)]).toEqual(said)
  expect([registryVerdict(ofToken), blobVerdict(ofToken), tokenVerdict(own)]).toEqual(
    Array(3).fill('nothing'),
  )
})

test('doubt alone never opens', async () => {
  const guarded = new Guarded().fails(errorOf('invalid'))
  for (let turn = 0; turn < 10; turn += 1) await guarded.ask(COLD)
  expect(guarded.breaker.state).toBe('doubtful')
})
