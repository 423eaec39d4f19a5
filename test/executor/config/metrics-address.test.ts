import { expect, test } from 'vitest'
import { readRunnerFile } from '../../../src/executor/config/read-runner-file.ts'

const read = (value: string) =>
  readRunnerFile(`listen_address = ${JSON.stringify(value)}\n`, {
    file: 'config.toml',
    dockerHost: '',
    env: {},
  })

test.each([
  [':9252', { host: '', port: 9252 }],
  ['0.0.0.0:9000', { host: '0.0.0.0', port: 9000 }],
  ['[::1]:9000', { host: '::1', port: 9000 }],
  ['[::]', { host: '::', port: 9252 }],
  ['localhost', { host: 'localhost', port: 9252 }],
  ['', undefined],
])('listen_address %j', (value, want) => {
  expect(read(value).program.metricsAddress).toEqual(want)
})

test.each(['http://here:9252', 'here:port', ':65536', '::1:9252', 'a b'])(
  'listen_address %j is refused',
  (value) => {
    expect(() => read(value)).toThrow('config.toml:1: listen_address: expected HOST:PORT, :PORT or HOST')
  },
)
