import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type FuzzedParser, textsFor } from './fuzzed-parser.ts'
import { PARSERS } from './parsers.ts'

/** `FUZZ_RUNS=100000` goes on for longer. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 1_000)

const SHORT_BYTES = 8 * 1024
const GROWTH = 4
/** Linear is 4, quadratic 16: a bound between them, with room for a machine that does something else. */
const MOST_GROWTH = 12
/** Below this a measurement says more about the machine than about the parser. */
const NOISE_MS = 4
const TRIES = 3
/** Of a flood, in the name of its test. */
const SHOWN = 20

describe.each(PARSERS)('$name', (parser) => {
  test('is read, or refused with an error of its own', async () => {
    await fc.assert(
      fc.asyncProperty(textsFor(parser), async (text) => {
        expect(await strayError(parser, text)).toBeUndefined()
      }),
      { numRuns: RUNS },
    )
  })

  test.each(parser.floods.map((flood) => [flood.slice(0, SHOWN), flood] as const))(
    'takes time that grows with its length: %j',
    async (_, flood) => {
      expect(await leastGrowth(parser, flood)).toBeLessThan(MOST_GROWTH)
    },
  )
})

/** An error that no caller expects. */
async function strayError({ read, throws }: FuzzedParser, text: string): Promise<unknown> {
  try {
    await read(text)
    return undefined
  } catch (error) {
    return throws.some((kind) => error instanceof kind) ? undefined : error
  }
}

/** How much longer the longer flood takes; measured again when that is too much, for the machine has its own moods. */
async function leastGrowth(parser: FuzzedParser, flood: string): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < TRIES && least >= MOST_GROWTH; tries += 1) {
    const { shortBytes = SHORT_BYTES } = parser
    const short = await bestOf(parser, repeat(flood, shortBytes))
    const long = await bestOf(parser, repeat(flood, shortBytes * GROWTH))
    least = Math.min(least, long / Math.max(NOISE_MS, short))
  }
  return least
}

function repeat(text: string, sizeBytes: number): string {
  return text.repeat(Math.ceil(sizeBytes / text.length))
}

/** Milliseconds of the quickest of some tries: what the others took more was not the parser's. */
async function bestOf(parser: FuzzedParser, text: string): Promise<number> {
  let bestMs = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < TRIES; tries += 1) {
    const startedAt = performance.now()
    await strayError(parser, text)
    bestMs = Math.min(bestMs, performance.now() - startedAt)
  }
  return bestMs
}
