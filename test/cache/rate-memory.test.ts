import { expect, test } from 'vitest'
import { RateBudget } from '../../src/cache/rate-budget.ts'
import { RateMemory, type UpstreamRateNote } from '../../src/cache/rate-memory.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { RecordLog } from '../support/record-log.ts'

class Notes {
  saved: (readonly UpstreamRateNote[])[] = []
  error: Error | undefined

  async load(): Promise<readonly UpstreamRateNote[]> {
    if (this.error !== undefined) throw this.error
    return this.saved.at(-1) ?? []
  }

  async save(notes: readonly UpstreamRateNote[]): Promise<void> {
    await new Promise(setImmediate)
    if (this.error !== undefined) throw this.error
    this.saved.push(notes)
  }
}

const clock = new FakeClock()

function begin(notes: Notes, log = new RecordLog()): { memory: RateMemory; rates: RateBudget } {
  const memory = new RateMemory(notes, log)
  const onNote = () => memory.changed()
  const rates = new RateBudget({ upstream: 'docker.io', reserve: 0.1, clock, log, onNote })
  memory.add('docker.io', rates)
  return { memory, rates }
}

const LIMITED = { credentialId: undefined, status: 429, retryAfterMs: 60_000 }

test('what changes while it is written is written after it, however often', async () => {
  const notes = new Notes()
  const { memory, rates } = begin(notes)
  for (let turn = 0; turn < 50; turn += 1) rates.blobReplied({ ...LIMITED, credentialId: `id-${turn}` })
  await memory.close()
  expect(notes.saved.map((saved) => saved.length)).toEqual([1, 50])
  rates.blobReplied(LIMITED)
  await memory.close()
  expect(notes.saved.at(-1)).toHaveLength(51)
})

test('the next process begins with it; upstreams that are gone from the settings are left out', async () => {
  const notes = new Notes()
  const first = begin(notes)
  first.rates.blobReplied(LIMITED)
  await first.memory.close()
  notes.saved.push([...(notes.saved.at(-1) ?? []), { ...first.rates.notes()[0], upstream: 'gone' } as never])
  const second = begin(notes)
  await second.memory.restore()
  expect(() => second.rates.admitBlob(undefined)).toThrow('is not asked before')
})

test('without a file that can be read or written everything goes on', async () => {
  const notes = new Notes()
  notes.error = Object.assign(new Error('no room'), { code: 'ENOSPC' })
  const log = new RecordLog()
  const { memory, rates } = begin(notes, log)
  await memory.restore()
  rates.blobReplied(LIMITED)
  await memory.close()
  expect([log.of('limits.unread').length, log.of('limits.unwritten').length]).toEqual([1, 1])
})
