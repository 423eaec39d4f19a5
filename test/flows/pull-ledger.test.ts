import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseGroupPath } from '../../src/oci/group-path.ts'
import { makeGate, type ScriptedImage } from '../support/scripted-upstream.ts'
import { login, type Readers, startReaders, told } from './readers.ts'

const OTHERS = parseGroupPath('others')
const PREFIX = '/v2/others/dependency_proxy/containers/library/app'
const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
]

let readers: Readers
let image: ScriptedImage

beforeEach(async () => {
  readers = await startReaders()
  const layers = [randomBytes(1_000), randomBytes(2_000)]
  image = readers.upstream.addImage('library/app', { tags: ['1'], layers, index: PLATFORMS })
})

afterEach(async () => {
  await readers[Symbol.asyncDispose]()
})

type Job = Awaited<ReturnType<Readers['mint']>>

/** As dockerd pulls; returns how many bytes came. */
async function pull({ headers }: Pick<Job, 'headers'>): Promise<number> {
  const { proxy } = readers
  await proxy.head(`${PREFIX}/manifests/1`, headers)
  const paths = [
    `manifests/${image.root.digest}`,
    `manifests/${image.manifest.digest}`,
    `blobs/${image.config.digest}`,
    ...image.layers.map(({ digest }) => `blobs/${digest}`),
  ]
  let bytes = 0
  for (const path of paths) {
    const reply = await proxy.get(`${PREFIX}/${path}`, headers)
    expect(reply.status).toBe(200)
    bytes += (await reply.arrayBuffer()).byteLength
  }
  return bytes
}

function asked(): number {
  return readers.upstream.count() + readers.upstream.tokens.requests.length
}

const list = (job: Job) => readers.proxy.access.ledger.list(job.id)

describe('what a job pulled', () => {
  test('is told with what it cost: everything to the first, nothing to the next', async () => {
    const [first, second] = [await readers.mint(OTHERS), await readers.mint(OTHERS)]
    const bytes = await pull(first)
    const pulled = { reference: 'docker.io/library/app:1', digest: image.root.digest, bytes }
    expect(asked()).toBeGreaterThan(5)
    expect(list(first)).toEqual([{ ...pulled, outcome: 'miss', upstreamRequests: asked() }])
    for (const { digest } of image.layers) await readers.proxy.blobCommitted(digest)
    await readers.proxy.blobCommitted(image.config.digest)
    expect(await pull(second)).toBe(bytes)
    expect(list(second)).toEqual([{ ...pulled, outcome: 'hit', upstreamRequests: 0 }])
  })

  test('two jobs that pull the same cold image at once pay for it once, together', async () => {
    const jobs = [await readers.mint(OTHERS), await readers.mint(OTHERS)] as const
    const [bytes] = await Promise.all(jobs.map(pull))
    const records = jobs.flatMap((job) => list(job) ?? [])
    expect(records.map((record) => record.bytes)).toEqual([bytes, bytes])
    expect(records.reduce((sum, { upstreamRequests }) => sum + upstreamRequests, 0)).toBe(asked())
  })

  test('a download is charged to who began it, not to who joined', async () => {
    const { upstream, proxy } = readers
    const jobs = [await readers.mint(OTHERS), await readers.mint(OTHERS)] as const
    for (const { headers } of jobs)
      await told(await proxy.get(`${PREFIX}/manifests/${image.manifest.digest}`, headers))
    const requestsOf = () => jobs.map((job) => list(job)?.[0]?.upstreamRequests ?? 0)
    const [began = 0, joined = 0] = requestsOf()
    const path = `${PREFIX}/blobs/${image.layers[0]?.digest}`
    const gate = makeGate()
    upstream.fault({ match: { path: /\/blobs\// }, times: 1, do: { kind: 'hold', until: gate.promise } })
    upstream.log.clear()
    const replies = [proxy.get(path, jobs[0].headers)]
    await upstream.waitFor({ path: /\/blobs\// })
    replies.push(proxy.get(path, jobs[1].headers))
    gate.open()
    for (const reply of await Promise.all(replies)) expect(await told(reply)).toBe('200')
    expect(requestsOf()).toEqual([began + upstream.count(), joined])
    expect(upstream.count()).toBe(1)
  })

  test('by its digest is named by its digest; what was refused is not told', async () => {
    const job = await readers.mint(OTHERS)
    readers.upstream.addImage('acme/app', { tags: ['1'] })
    const denied = await readers.proxy.get(
      PREFIX.replace('library', 'acme').concat('/manifests/1'),
      job.headers,
    )
    expect(denied.status).toBe(403)
    expect(list(job)).toBeUndefined()
    await told(await readers.proxy.get(`${PREFIX}/manifests/${image.root.digest}`, job.headers))
    expect(list(job)).toMatchObject([
      { reference: `docker.io/library/app@${image.root.digest}`, outcome: 'miss' },
    ])
  })

  test('is told for a while after its end; what others pull is put down nowhere', async () => {
    const job = await readers.mint(OTHERS)
    const { credentials } = readers.proxy.access
    const order = {
      name: 'ci',
      role: 'pull',
      groups: [OTHERS],
      repositories: [],
      expiresAt: undefined,
    } as const
    const { credential, secret } = await credentials.createToken(order)
    const authorization = `Basic ${Buffer.from(`x:${secret}`).toString('base64')}`
    await pull({ headers: { authorization } })
    await pull(job)
    expect(readers.proxy.access.ledger.list(credential.id)).toBeUndefined()
    await credentials.revoke(job.id)
    expect(list(job)).toHaveLength(1)
    readers.proxy.clock.advance(3_600_001)
    expect(list(job)).toBeUndefined()
  })

  test('is in the log with the job and its group', async () => {
    const job = await readers.mint(OTHERS)
    await pull(job)
    const lines = readers.proxy.log
      .of('request.served')
      .map(({ fields }) => [fields.group, fields.credential])
    expect(lines).toContainEqual(['others', job.id])
    expect(new Set(lines.map(String)).size).toBe(1)
  })

  test('is one line of the log, and counted, with what it cost', async () => {
    const { proxy } = readers
    const job = await readers.mint(OTHERS)
    const bytes = await pull(job)
    const [told] = list(job) ?? []
    await proxy.stop()
    const line = { image: told?.reference, digest: told?.digest, bytes, upstreamRequests: asked() }
    expect(proxy.log.of('pull.served')).toMatchObject([
      { level: 'info', fields: { ...line, client: job.id, group: 'others', outcome: 'miss' } },
    ])
  })
})

test('who minted the credential is told over HTTP what was pulled with it, and nobody else', async () => {
  const { proxy } = readers
  const token = async (role: 'runner' | 'admin') => {
    const groups = role === 'admin' ? [] : [OTHERS]
    const order = { name: role, role, groups, repositories: [], expiresAt: undefined }
    const { secret } = await proxy.access.credentials.createToken(order)
    return { authorization: `Bearer ${secret}` }
  }
  const [runner, stranger] = [await token('runner'), await token('runner')]
  const body = JSON.stringify({ group: 'others', upstreamAuth: { 'docker.io': login('owner') } })
  const minted = await fetch(`${proxy.url}/api/v1/job-credentials`, {
    method: 'POST',
    headers: { ...runner, 'content-type': 'application/json' },
    body,
  })
  const { id, variables } = (await minted.json()) as { id: string; variables: Record<string, string> }
  const pulls = `/api/v1/job-credentials/${id}/pulls`
  expect(await (await proxy.get(pulls, runner)).json()).toEqual([])

  readers.upstream.addImage('acme/app', { tags: ['1'] })
  const secret = variables.CI_DEPENDENCY_PROXY_PASSWORD
  const authorization = `Basic ${Buffer.from(`gitlab-ci-token:${secret}`).toString('base64')}`
  const image = PREFIX.replace('library', 'acme')
  expect(await told(await proxy.get(`${image}/manifests/1`, { authorization }))).toBe('200')
  const record = { reference: 'docker.io/acme/app:1', outcome: 'miss', upstreamRequests: asked() }
  expect(await (await proxy.get(pulls, runner)).json()).toMatchObject([record])
  expect(await (await proxy.get(pulls, await token('admin'))).json()).toHaveLength(1)
  expect((await proxy.get(pulls, stranger)).status).toBe(404)
  expect((await proxy.get(pulls)).status).toBe(401)
})
