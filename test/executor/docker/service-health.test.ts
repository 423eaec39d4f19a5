import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { dial } from '../../../src/executor/docker/dial.ts'
import { listeningPorts } from '../../../src/executor/docker/listening-ports.ts'
import { healthCheck } from '../../../src/executor/docker/service-health.ts'

type Config = Parameters<typeof healthCheck>[0]

function config(special: Partial<Config>): Config {
  return { Env: [], ...special } as Config
}

describe('what tells that a service is ready', () => {
  const exposed = { '9000/tcp': {}, '80/tcp': {}, '53/udp': {} }
  const asks = { Test: ['CMD', 'pg_isready'] }
  test.each([
    ['its TCP ports, ascending', { ExposedPorts: exposed }, { kind: 'ports', ports: [80, 9000] }],
    ['nothing', {}, { kind: 'none' }],
    ['its HEALTHCHECK', { ExposedPorts: exposed, Healthcheck: asks }, { kind: 'docker' }],
    [
      'its ports, where HEALTHCHECK is switched off',
      { ExposedPorts: exposed, Healthcheck: { Test: ['NONE'] } },
      { kind: 'ports', ports: [80, 9000] },
    ],
    [
      'the port that the job names',
      { ExposedPorts: exposed, Healthcheck: asks, Env: ['healthcheck_tcp_port=8080'] },
      { kind: 'ports', ports: [8080] },
    ],
    [
      'its ports, where the job names nonsense',
      { ExposedPorts: exposed, Env: ['HEALTHCHECK_TCP_PORT=http'] },
      { kind: 'ports', ports: [80, 9000] },
    ],
  ])('%s', (_, special, wanted) => {
    expect(healthCheck(config(special as Partial<Config>))).toEqual(wanted)
  })

  test('the lowest twenty of many ports', () => {
    const ports = Array.from({ length: 30 }, (_, index) => [`${1030 - index}/tcp`, {}])
    const check = healthCheck(config({ ExposedPorts: Object.fromEntries(ports) }))
    expect(check).toEqual({ kind: 'ports', ports: Array.from({ length: 20 }, (_, index) => 1001 + index) })
  })
})

/** As Linux prints it, of a container with the engine's name server, a loopback one, and PostgreSQL. */
const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0B00007F:A1B5 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0
   2: 00000000:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3 1 0 100 0 0 10 0
   3: 020012AC:1539 030012AC:D431 01 00000000:00000000 00:00000000 00000000     0        0 4 1 0 100 0 0 10 0
  sl  local_address                         remote_address                        st
   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000
   1: 0000000000000000FFFF00000100007F:0051 00000000000000000000000000000000:0000 0A 00000000:00000000
   2: 00000000000000000000000000000000:18EB 00000000000000000000000000000000:0000 0A 00000000:00000000
`

test('ports on which others can reach somebody are listening', () => {
  expect([...listeningPorts(TABLE, false)]).toEqual([5432, 6379])
})

test('in one network with those who ask, loopback counts', () => {
  expect([...listeningPorts(TABLE, true)]).toEqual([41_397, 8080, 5432, 80, 81, 6379])
})

test('a connection tells whether somebody listens', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  expect(await dial('127.0.0.1', port)).toBe('open')
  await new Promise((resolve) => server.close(resolve))
  expect(await dial('127.0.0.1', port)).toBe('refused')
})
