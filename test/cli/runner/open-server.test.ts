import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openServer } from '../../../src/cli/runner/open-server.ts'
import { systemClock } from '../../../src/clock.ts'
import { IDENTITY } from '../../support/coordinator/a-runner.ts'
import { Coordinator } from '../../support/coordinator/coordinator.ts'
import { startForwardProxy } from '../../support/forward-proxy.ts'
import { makeTempDir } from '../../support/temp-dir.ts'
import { renewedCertificate, testCertificate } from '../../support/tls/certificate.ts'

const never = new AbortController().signal
const NO_FILES = { caFile: undefined, certFile: undefined, keyFile: undefined }

async function open(url: string, env: NodeJS.ProcessEnv, directory = '/nowhere') {
  const opened = await openServer(
    { url, tls: NO_FILES, directory, identity: IDENTITY },
    { clock: systemClock, env },
  )
  onTestFinished(() => opened.close())
  return opened
}

/** A configuration folder with certificates where GitLab Runner looks for them. */
async function certificates(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await makeTempDir()
  onTestFinished(() => dir[Symbol.asyncDispose]())
  await mkdir(join(dir.path, 'certs'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir.path, 'certs', name), text)
  return dir.path
}

describe('a proxy in the environment', () => {
  test('is asked for servers of http the plain way, with the login of its URL, also for files', async () => {
    await using server = await Coordinator.start()
    await using proxy = await startForwardProxy(server.url)
    const job = server.addJob()
    const login = proxy.url.replace('//', '//ci:s3cret-of-the-proxy@')
    const { jobs, files } = await open('http://gitlab.example', { HTTP_PROXY: login })
    const asked = await jobs.requestJob(server.runners.create(), undefined, never)
    expect(asked).toEqual({ kind: 'job', payload: job.payload })
    await jobs.updateJob(job, { state: 'running' })
    const bytes = Buffer.alloc(300_000, 'x')
    const file = { filename: 'a.zip', format: 'zip', type: 'archive', sizeBytes: bytes.length } as const
    const artifact = { ...file, expireIn: undefined, open: () => Readable.from([bytes]) }
    expect(await files.upload(job, artifact, never)).toEqual({ kind: 'stored' })
    expect(job.artifacts[0]?.bytes.equals(bytes)).toBe(true)
    expect(proxy.asked).toEqual([
      'POST http://gitlab.example/api/v4/jobs/request',
      `PUT http://gitlab.example/api/v4/jobs/${job.id}`,
      `POST http://gitlab.example/api/v4/jobs/${job.id}/artifacts?artifact_format=zip&artifact_type=archive`,
    ])
    const basic = `Basic ${Buffer.from('ci:s3cret-of-the-proxy').toString('base64')}`
    expect(new Set(proxy.logins)).toEqual(new Set([basic]))
  })

  test('gets no answer into memory that is larger than a direct one may be', async () => {
    await using server = await Coordinator.start()
    await using proxy = await startForwardProxy(server.url)
    const body = Buffer.alloc(17 * 1024 * 1024, ' ')
    server.fault({ at: /jobs\/request/, answer: { status: 201, body } })
    const { jobs } = await open('http://gitlab.example', { http_proxy: proxy.url })
    await expect(jobs.requestJob('t', undefined, never)).rejects.toMatchObject({ code: 'invalid' })
  })

  test('tunnels to servers of https, which are shown the certificate that is theirs to see', async () => {
    const [theirs, ours] = [testCertificate(), renewedCertificate()]
    await using server = await Coordinator.start({ tls: { ...theirs, ca: ours.cert, requestCert: true } })
    await using proxy = await startForwardProxy(server.url)
    const directory = await certificates({
      'registry.example.crt': theirs.cert,
      'registry.example.auth.crt': ours.cert,
      'registry.example.auth.key': ours.key,
    })
    const env = { HTTPS_PROXY: proxy.url }
    const { registration } = await open('https://registry.example', env, directory)
    await registration.verify(server.runners.create())
    expect(proxy.asked).toEqual(['CONNECT registry.example:443'])

    const unknown = await certificates({ 'registry.example.crt': theirs.cert })
    const refused = await open('https://registry.example', env, unknown)
    await expect(refused.jobs.requestJob('t', undefined, never)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining(`through the proxy ${new URL(proxy.url).host} failed`),
    })
  })

  test.each([
    ['for hosts that NO_PROXY names', '0.0.0.0', '.example, 0.0.0.0'],
    ['for this machine', '127.0.0.1', ''],
  ])('is left out %s', async (_name, host, noProxy) => {
    await using server = await Coordinator.start()
    await using proxy = await startForwardProxy(server.url)
    // To 0.0.0.0 systems connect as to loopback, but it is not named so.
    const url = server.url.replace('127.0.0.1', host)
    const { jobs } = await open(url, { HTTP_PROXY: proxy.url, NO_PROXY: noProxy })
    const asked = await jobs.requestJob(server.runners.create(), undefined, never)
    expect(asked).toMatchObject({ kind: 'none' })
    expect(proxy.asked).toEqual([])
  })

  test('that is no URL is refused without its password', async () => {
    const opening = open('http://gitlab.example', { HTTP_PROXY: 'socks://ci:s3cret-of-socks@proxy' })
    await expect(opening).rejects.toThrow('HTTP_PROXY: expected the URL of an http or https proxy')
  })
})

test('a server that asks for a certificate is shown the one beside config.toml', async () => {
  const [theirs, ours] = [testCertificate(), renewedCertificate()]
  await using server = await Coordinator.start({ tls: { ...theirs, ca: ours.cert, requestCert: true } })
  const token = server.runners.create()
  const ca = { '127.0.0.1.crt': theirs.cert }
  const known = { ...ca, '127.0.0.1.auth.crt': ours.cert, '127.0.0.1.auth.key': ours.key }
  const { jobs } = await open(server.url, {}, await certificates(known))
  expect(await jobs.requestJob(token, undefined, never)).toMatchObject({ kind: 'none' })
  const stranger = await open(server.url, {}, await certificates(ca))
  await expect(stranger.jobs.requestJob(token, undefined, never)).rejects.toMatchObject({
    code: 'unreachable',
  })
})
