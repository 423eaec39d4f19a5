import { EventEmitter } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { HolderSignals } from '../../../src/cli/start/holder-signals.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP'] as const

/** Resolves with SIGTERM. */
const stopOf = (signals: HolderSignals) => new Promise<void>((resolve) => signals.on('SIGTERM', resolve))

test.each(SIGNALS)('%s of the system is passed over', (signal) => {
  const system = new EventEmitter()
  using signals = new HolderSignals({ signals: system, stdin: new PassThrough() })
  const heard: string[] = []
  signals.on(signal, () => heard.push(signal))
  expect(system.emit(signal)).toBe(true)
  expect(heard).toEqual([])
})

test('the end of the input is a SIGTERM, also for those who listen later', async () => {
  const stdin = new PassThrough()
  using signals = new HolderSignals({ signals: new EventEmitter(), stdin })
  const early = stopOf(signals)
  stdin.end()
  await early
  await stopOf(signals)
})

test('a broken input is an end', async () => {
  const stdin = new PassThrough()
  using signals = new HolderSignals({ signals: new EventEmitter(), stdin })
  const stop = stopOf(signals)
  stdin.destroy(new Error('EIO'))
  await stop
})

test('leaves nothing behind', () => {
  const system = new EventEmitter()
  new HolderSignals({ signals: system, stdin: Readable.from([]) })[Symbol.dispose]()
  expect(system.eventNames()).toEqual([])
})
