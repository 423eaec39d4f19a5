import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildDist } from '../support/real/build-dist.ts'
import { Daemon } from '../support/real/daemon.ts'
import { startEntrepot } from '../support/real/entrepot-process.ts'
import { runCommand } from '../support/real/run-command.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { testCertificate } from '../support/tls/certificate.ts'

const SCRIPT = join(import.meta.dirname, '../../contrib/healthcheck.mjs')
const upstreams = {}

/** Rejects when the check fails. */
function checkHealth(listen: string): Promise<string> {
  return runCommand(process.execPath, [SCRIPT, listen])
}

test('a server that answers is healthy, and one that is gone is not', async () => {
  await using entrepot = await startEntrepot({ upstreams })
  await checkHealth(entrepot.address)
  await entrepot.stop()
  await expect(checkHealth(entrepot.address)).rejects.toMatchObject({ exitCode: 1 })
})

test('a server that speaks TLS is healthy, whatever names its certificate has', async () => {
  await using dir = await makeTempDir()
  const { cert, key } = testCertificate()
  const [certFile, keyFile] = [join(dir.path, 'cert.pem'), join(dir.path, 'key.pem')]
  await writeFile(certFile, cert)
  await writeFile(keyFile, key)
  const flags = [
    '--listen',
    '127.0.0.1:0',
    '--tls-cert',
    certFile,
    '--tls-key',
    keyFile,
    '--storage',
    dir.path,
  ]
  const args = [await buildDist(), 'serve', ...flags, '--log-format', 'json']
  await using server = new Daemon({ file: process.execPath, args, cwd: dir.path })
  const line = await server.waitForLine((text) => text.includes('"server.listening"'))
  const [url] = JSON.parse(line).addresses
  expect(url).toMatch(/^https:/)
  await checkHealth(new URL(url).host)
})
