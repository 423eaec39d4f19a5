import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import type { CliContext } from '../../../src/cli/context.ts'
import { planRunners } from '../../../src/cli/runner/plan-runners.ts'
import { isRegistered } from '../../../src/cli/runner/runner-file.ts'
import { SharedProxies } from '../../../src/cli/runner/shared-proxies.ts'
import { readRunnerFile } from '../../../src/executor/config/read-runner-file.ts'
import { IDENTITY } from '../../support/coordinator/a-runner.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { RecordLog } from '../../support/record-log.ts'

const URL_LINE = 'url = "https://gitlab.example"'
const runner = (token: string, id?: number) =>
  `[[runners]]\n${URL_LINE}\ntoken = "glrt-${token}"\n${id === undefined ? '' : `id = ${id}\n`}`

function keysOf(text: string): readonly string[] {
  const { program, runners } = readRunnerFile(text, { file: 'config.toml', dockerHost: '', env: {} })
  const context: CliContext = {
    env: {},
    cwd: '/nowhere',
    self: ['node'],
    stdin: Readable.from([]),
    stdout: { write: () => {} },
    stderr: { write: () => {} },
    signals: new EventEmitter(),
    clock: new FakeClock(),
    exit: () => {},
  }
  const parts = {
    flags: {},
    holdServer: undefined,
    directory: '/nowhere',
    identity: IDENTITY,
    proxies: new SharedProxies(),
    context,
    log: new RecordLog(),
  }
  return planRunners(program, runners.filter(isRegistered), parts).plans.map(({ key }) => key)
}

test('jobs of a runner whose token is renewed count for one limit', () => {
  expect(keysOf(runner('new', 7))).toEqual(keysOf(runner('old', 7)))
})

test.each([
  ['the same, twice', runner('a', 7) + runner('a', 7)],
  ['the same without an id, twice', runner('a') + runner('a')],
  ['others', runner('a', 7) + runner('b', 8)],
  ['others without an id', runner('a') + runner('b')],
])('runners have limits of their own: %s', (_name, text) => {
  expect(new Set(keysOf(text)).size).toBe(2)
})
