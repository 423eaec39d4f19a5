import { describe, expect, test } from 'vitest'
import { parseEngineAddress } from '../../../src/executor/docker/engine-address.ts'

const PLAIN = { tlsCertPath: undefined, tlsVerify: false }

describe('where an engine listens', () => {
  test.each([
    ['unix:///var/run/docker.sock', PLAIN, { kind: 'socket', path: '/var/run/docker.sock' }],
    ['tcp://10.0.0.5:1234', PLAIN, { kind: 'tcp', host: '10.0.0.5', port: 1234, isTls: false }],
    ['tcp://docker', PLAIN, { kind: 'tcp', host: 'docker', port: 2375, isTls: false }],
    [
      'tcp://docker',
      { tlsCertPath: '/certs', tlsVerify: true },
      { kind: 'tcp', host: 'docker', port: 2376, isTls: true },
    ],
    ['tcp://docker:1', { ...PLAIN, tlsVerify: true }, { kind: 'tcp', host: 'docker', port: 1, isTls: true }],
    ['https://docker:8443', PLAIN, { kind: 'tcp', host: 'docker', port: 8443, isTls: true }],
  ])('%s', (host, tls, target) => {
    expect(parseEngineAddress({ host, ...tls })).toEqual(target)
  })

  test.each(['', 'docker', 'unix://', 'unix://docker.sock', 'ssh://me@host', 'npipe:////./pipe/x', 'tcp://'])(
    'refuses "%s"',
    (host) => {
      expect(() => parseEngineAddress({ host, ...PLAIN })).toThrow(
        expect.objectContaining({
          code: 'runner_configuration_error',
          message: expect.stringContaining(`"${host}"`),
        }),
      )
    },
  )
})
