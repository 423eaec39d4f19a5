import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { CliContext } from '../../src/cli/context.ts'
import { WarmReport } from '../../src/cli/warm-report.ts'
import type { WarmEvent } from '../../src/server/schemas/control.ts'
import { FakeClock } from '../support/fake-clock.ts'

const MIB = 1024 * 1024
const PROGRESS: WarmEvent = {
  type: 'progress',
  image: 'redis:7',
  doneBytes: 5 * MIB,
  fetchedBytes: 5 * MIB,
  totalBytes: 10 * MIB,
  bytesPerSecond: MIB,
}
const DONE: WarmEvent = {
  type: 'done',
  image: 'redis:7',
  name: 'docker.io/library/redis:7',
  digest: 'sha256:00',
  doneBytes: 10 * MIB,
  fetchedBytes: 10 * MIB,
  totalBytes: 10 * MIB,
  bytesPerSecond: MIB,
  fetchedManifests: 2,
  presentManifests: 0,
  fetchedBlobs: 3,
  presentBlobs: 0,
  durationMs: 10_400,
  warning: null,
}
const FAILED: WarmEvent = { type: 'failed', image: 'x', code: 'UNKNOWN', message: 'a\u001b[2Jb' }
const END: WarmEvent = { type: 'end', done: 1, failed: 0 }
const CLEAR = '\r\u001b[2K'

class Terminal {
  out = ''
  err = ''
  readonly clock = new FakeClock()
  readonly context: CliContext

  constructor(isTTY: boolean, columns = 60) {
    this.context = {
      self: ['node'],
      env: {},
      cwd: '/',
      stdin: Readable.from([]),
      stdout: {
        write: (text) => {
          this.out += text
        },
      },
      stderr: {
        isTTY,
        columns,
        write: (text) => {
          this.err += text
        },
      },
      signals: new EventEmitter(),
      clock: this.clock,
      exit: () => {},
    }
  }
}

describe('on a terminal', () => {
  test('a bar is drawn over itself, and gone at the end', () => {
    const terminal = new Terminal(true)
    const report = new WarmReport(terminal.context, false)
    for (const event of [PROGRESS, PROGRESS, DONE, END]) report.take(event)
    expect(report.finish()).toBe(true)
    const bar = 'redis:7 [==========          ] 5.0 MiB of 10.0 MiB 1.0 MiB/s'
    expect(terminal.err).toBe(`${CLEAR}${bar.slice(0, -10)}${CLEAR}${bar.slice(0, -10)}${CLEAR}`)
    expect(terminal.out).toBe('docker.io/library/redis:7: 10.0 MiB fetched in 10.4 s\n')
  })

  test('it is taken away when the work breaks off', () => {
    const terminal = new Terminal(true)
    const report = new WarmReport(terminal.context, false)
    report.take(PROGRESS)
    report.breakOff()
    expect(terminal.err.endsWith(CLEAR)).toBe(true)
  })
})

describe('elsewhere', () => {
  test('there is a line every ten seconds', () => {
    const terminal = new Terminal(false)
    const report = new WarmReport(terminal.context, false)
    for (let second = 0; second < 25; second += 1) {
      terminal.clock.advance(1_000)
      report.take(PROGRESS)
    }
    expect(terminal.err.split('\n')).toHaveLength(3)
    expect(terminal.err).not.toContain('\u001b')
  })

  test('what an upstream says cannot move the cursor', () => {
    const terminal = new Terminal(false)
    const report = new WarmReport(terminal.context, false)
    report.take(FAILED)
    expect(report.finish()).toBe(false)
    expect(terminal.err).toBe('failed x: a\\x1b[2Jb\n')
  })

  test.each([
    [{ ...DONE, fetchedBytes: 0, fetchedManifests: 0 }, '10.0 MiB, all of it was here'],
    [{ ...DONE, fetchedBytes: 4 * MIB }, '4.0 MiB fetched in 10.4 s, 6.0 MiB were here'],
  ])('it says what was there already', (event, want) => {
    const terminal = new Terminal(false)
    new WarmReport(terminal.context, false).take(event)
    expect(terminal.out).toBe(`docker.io/library/redis:7: ${want}\n`)
  })

  test('a warning is no failure', () => {
    const terminal = new Terminal(false)
    const report = new WarmReport(terminal.context, true)
    report.take({ ...DONE, warning: 'not confirmed' })
    expect(report.finish()).toBe(true)
    expect(terminal.err).toBe('warning redis:7: not confirmed\n')
    expect(JSON.parse(terminal.out)).toMatchObject({
      images: [{ warning: 'not confirmed' }],
      done: 1,
      failed: 0,
    })
  })
})
