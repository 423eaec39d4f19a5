import { Readable } from 'node:stream'
import type { CliContext } from '../../../../src/cli/context.ts'
import type { Clock } from '../../../../src/clock.ts'
import { FakeClock } from '../../../support/fake-clock.ts'

export interface ViewContext extends CliContext {
  /** What was written. */
  readonly out: string
  readonly err: string
}

/** A process whose outputs are kept. */
export function viewContext({
  env = {},
  columns,
  clock = new FakeClock(),
  cwd = '/nonexistent',
}: {
  readonly env?: NodeJS.ProcessEnv
  /** Of a terminal; without it there is none. */
  readonly columns?: number
  readonly clock?: Clock
  readonly cwd?: string
} = {}): ViewContext {
  const written = { out: '', err: '' }
  const terminal = columns === undefined ? {} : { isTTY: true, columns, hasColors: () => false }
  return {
    env,
    cwd,
    self: [process.execPath],
    stdin: Readable.from([]),
    stdout: { write: (text) => (written.out += text), ...terminal },
    stderr: { write: (text) => (written.err += text), ...terminal },
    signals: { on: () => undefined, off: () => undefined },
    clock,
    exit: () => undefined,
    get out() {
      return written.out
    },
    get err() {
      return written.err
    },
  }
}
