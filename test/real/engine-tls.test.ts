import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Engine } from '../../src/executor/docker/engine.ts'
import { aJob } from '../support/executor/a-job.ts'
import { dockerStage } from '../support/executor/docker-stage.ts'
import { startEngineWithImages } from '../support/executor/engine-with-images.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import { ENGINE, IMAGES, requireProgram } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { createEngineNetwork } from '../support/real/engine-network.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { runCommand } from '../support/real/run-command.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'

describeWith(
  [...ENGINE, 'docker-registry', 'openssl', ...IMAGES],
  'an engine that asks for a certificate',
  () => {
    const cleanups = new Cleanups()
    let dir: string
    let host: string

    beforeAll(async () => {
      dir = await scratchDir('engine-tls', cleanups)
      const network = cleanups.use(await createEngineNetwork())
      const address = network.engineAddress
      // One for all: the authority, the engine's and ours.
      const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')]
      const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=engine']
      const files = ['-addext', `subjectAltName=IP:${address}`, '-keyout', key, '-out', cert]
      await runCommand(requireProgram('openssl'), [...request, ...files])
      await runCommand('cp', [cert, join(dir, 'ca.pem')])
      host = `tcp://${address}:2376`
      const tls = ['--tlsverify', '--tlscacert', cert, '--tlscert', cert, '--tlskey', key]
      cleanups.use(
        await startEngineWithImages(['busybox'], undefined, { network, flags: ['--host', host, ...tls] }),
      )
    }, IMAGE_BUILD_TIMEOUT_MS)

    afterAll(() => cleanups[Symbol.asyncDispose]())

    test.each([true, false])('runs a job by tls_cert_path, tls_verify = %s', async (tlsVerify) => {
      const toml = `tls_cert_path = "${dir}"\ntls_verify = ${tlsVerify}`
      const stage = await dockerStage({ endpoint: host }, { toml })
      await using job = stage.open(aJob('busybox:1.35', { allowGitFetch: false }))
      await job.prepare()
      const script = `${': padding of a long script\n'.repeat(20_000)}echo out; echo trouble >&2; exit 7`
      expect(await job.run(script)).toMatchObject({ exitCode: 7 })
      expect([job.trace.stdout, job.trace.stderr]).toEqual(['out\n', 'trouble\n'])
    })

    test('is not used without one, nor when it is somebody else', async () => {
      const noCertificate = new Engine({ host, tlsCertPath: undefined, tlsVerify: false })
      await expect(noCertificate.facts()).rejects.toMatchObject({ code: 'runner_system_failure' })
      const elsewhere = host.replace('tcp://', 'https://')
      const unknown = new Engine({ host: elsewhere, tlsCertPath: undefined, tlsVerify: true })
      await expect(unknown.facts()).rejects.toThrow(/self.signed certificate/)
    })
  },
)
