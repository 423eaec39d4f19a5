import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { RelayedSignals } from '../../../src/cli/start/relayed-signals.ts'

function start() {
  const system = new EventEmitter()
  const signals = new RelayedSignals(system)
  const heard: string[] = []
  const listen = () => signals.on('SIGTERM', () => heard.push('SIGTERM'))
  return { system, signals, heard, listen }
}

test('signals of the system come through', () => {
  const { system, heard, listen } = start()
  listen()
  system.emit('SIGTERM')
  expect(heard).toEqual(['SIGTERM'])
})

test('stop is a SIGTERM, once', () => {
  const { signals, heard, listen } = start()
  listen()
  signals.stop()
  signals.stop()
  expect(heard).toEqual(['SIGTERM'])
})

test('stop is told to those who listen later', async () => {
  const { signals } = start()
  signals.stop()
  await new Promise<void>((resolve) => signals.on('SIGTERM', resolve))
})

test.each(['SIGINT', 'SIGTERM'])('after a %s of the system, stop is not a second signal', (signal) => {
  const { system, signals, heard, listen } = start()
  system.emit(signal)
  listen()
  signals.stop()
  expect(heard).toEqual([])
})

test('leaves nothing behind', () => {
  const { system, signals } = start()
  const listener = (): void => {}
  signals.on('SIGTERM', listener)
  signals.off('SIGTERM', listener)
  signals[Symbol.dispose]()
  expect(system.listenerCount('SIGTERM') + system.listenerCount('SIGINT')).toBe(0)
})
