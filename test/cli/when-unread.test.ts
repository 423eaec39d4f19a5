import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { exitWhenUnread } from '../../src/cli/when-unread.ts'

const broken = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })

function watch() {
  const output = new EventEmitter()
  const signals = new EventEmitter()
  const exits: number[] = []
  exitWhenUnread([output], signals, (code) => exits.push(code))
  return { output, signals, exits }
}

test('ends with what a shell gives to SIGPIPE', () => {
  const { output, exits } = watch()
  output.emit('error', broken)
  expect(exits).toEqual([141])
})

test('lets go on what puts something away when it is told to stop', () => {
  const { output, signals, exits } = watch()
  signals.on('SIGTERM', () => {})
  output.emit('error', broken)
  output.emit('error', broken)
  expect(exits).toEqual([])
})

test('hides no other trouble', () => {
  const { output } = watch()
  const full = Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' })
  expect(() => output.emit('error', full)).toThrow(full)
})
