import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { renewedCertificate, testCertificate } from '../support/tls/certificate.ts'
import { type Given, loadFrom, refusalOf } from './load-from.ts'

const { cert, key } = testCertificate()
const FILES = { 'tls/cert.pem': cert, 'tls/key.pem': key, 'tls/other.pem': renewedCertificate().key }
const BOTH = 'tls: { certFile: tls/cert.pem, keyFile: tls/key.pem }'

describe('tls', () => {
  test('is off unless it is asked for', async () => {
    expect((await loadFrom({})).settings.tls).toBeUndefined()
    expect((await loadFrom({ yaml: 'tls:' })).settings.tls).toBeUndefined()
  })

  const env = { ENTREPOT_TLS_CERT_FILE: 'tls/cert.pem', ENTREPOT_TLS_KEY_FILE: 'tls/key.pem' }
  const ways: { name: string; given: Given }[] = [
    { name: 'the file', given: { yaml: BOTH } },
    { name: 'variables', given: { env } },
    { name: 'flags', given: { argv: { tlsCert: 'tls/cert.pem', tlsKey: 'tls/key.pem' } } },
    {
      name: 'a flag over the file',
      given: {
        yaml: 'tls: { certFile: tls/cert.pem, keyFile: tls/other.pem }',
        argv: { tlsKey: 'tls/key.pem' },
      },
    },
  ]
  test.each(ways)('can be set by $name', async ({ given }) => {
    const { settings, cwd } = await loadFrom({ ...given, files: FILES })
    expect(settings.tls).toEqual({
      certFile: join(cwd, 'tls/cert.pem'),
      keyFile: join(cwd, 'tls/key.pem'),
    })
  })

  const refused: { yaml: string; path: string; message: RegExp }[] = [
    {
      yaml: 'tls: { certFile: tls/cert.pem }',
      path: 'tls.keyFile',
      message: /needs a certificate and its key/,
    },
    {
      yaml: 'tls: { keyFile: tls/key.pem }',
      path: 'tls.certFile',
      message: /needs a certificate and its key/,
    },
    {
      yaml: 'tls: { certFile: gone.pem, keyFile: tls/key.pem }',
      path: 'tls.certFile',
      message: /no such file: .*gone.pem/,
    },
    {
      yaml: 'tls: { certFile: tls/key.pem, keyFile: tls/key.pem }',
      path: 'tls.certFile',
      message: /expected PEM certificates: .*key.pem/,
    },
    {
      yaml: 'tls: { certFile: tls/cert.pem, keyFile: tls/cert.pem }',
      path: 'tls.keyFile',
      message: /expected a private key \(PEM\) that needs no passphrase: .*cert.pem/,
    },
    {
      yaml: 'tls: { certFile: tls/cert.pem, keyFile: tls/other.pem }',
      path: 'tls.keyFile',
      message: /not that of the first certificate in .*cert.pem: .*other.pem/,
    },
    { yaml: 'tls: { cert: tls/cert.pem }', path: 'tls.cert', message: /unknown key/ },
  ]
  test.each(refused)('$yaml is refused', async ({ yaml, path, message }) => {
    const { mistakes } = await refusalOf({ yaml, files: FILES })
    expect(mistakes).toMatchObject([
      { path, message: expect.stringMatching(message), source: 'file', line: 1 },
    ])
  })

  test('mistakes name the flag or the variable', async () => {
    const flag = await refusalOf({ argv: { tlsCert: 'gone.pem', tlsKey: 'tls/key.pem' }, files: FILES })
    expect(flag.mistakes).toMatchObject([{ path: '--tls-cert', source: 'flag' }])
    const variable = await refusalOf({
      env: { ...env, ENTREPOT_TLS_KEY_FILE: 'tls/other.pem' },
      files: FILES,
    })
    expect(variable.mistakes).toMatchObject([{ path: 'ENTREPOT_TLS_KEY_FILE', source: 'environment' }])
    expect(variable.message).not.toContain('PRIVATE KEY')
  })
})
