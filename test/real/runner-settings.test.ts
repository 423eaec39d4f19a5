import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Cleanups } from '../support/real/cleanups.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { startDockerRegistry } from '../support/real/docker-registry.ts'
import { type Engine, startEngine } from '../support/real/engine.ts'
import { type EntrepotProcess, startEntrepot } from '../support/real/entrepot-process.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { startRunnerProgram } from '../support/real/runner-program.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'
import { renewedCertificate, testCertificate } from '../support/tls/certificate.ts'

const jobWith = (script: readonly string[], variables: Readonly<Record<string, string>> = {}) => ({
  job_info: { name: 'n', stage: 'test', project_id: 7, project_name: 'shop', project_full_path: 'Acme/Shop' },
  git_info: { repo_url: '', ref: 'main', sha: '0123456789abcdef0123456789abcdef01234567', before_sha: '' },
  runner_info: { timeout: 300 },
  steps: [{ name: 'script', script }],
  variables: Object.entries({ GIT_STRATEGY: 'none', ...variables }).map(([key, value]) => ({
    ...{ key, value, public: true },
  })),
})

describeWith([...ENGINE, 'docker-registry', ...IMAGES], 'settings of a runner', () => {
  const cleanups = new Cleanups()
  let engine: Engine
  let cache: EntrepotProcess

  beforeAll(async () => {
    const hub = cleanups.use(await startDockerRegistry({ images: ['busybox'] }))
    engine = cleanups.use(await startEngine())
    cache = cleanups.use(
      await startEntrepot({
        upstreams: { 'docker.io': hub.url },
        settings: { groups: { default: {}, acme: {} } },
        listen: [`${engine.hostAddress}:0`],
        storage: join(await scratchDir('runner-settings', cleanups), 'storage'),
        isShared: true,
      }),
    )
  }, IMAGE_BUILD_TIMEOUT_MS)

  afterAll(async () => {
    await cleanups[Symbol.asyncDispose]()
  })

  test('limit: the runner has no second job while it has one, whatever concurrent says', async () => {
    await using runner = await startRunnerProgram({
      ...{ engine, cache, concurrent: 3 },
      toml: { runner: 'limit = 1\n  request_concurrency = 3' },
    })
    const { server } = runner
    const jobs = await runner.run(jobWith(['true']), jobWith(['true']), jobWith(['true']))
    expect(jobs.map(({ status }) => status)).toEqual(['success', 'success', 'success'])
    const told = server.calls.flatMap(({ method, path, json }) => {
      const isAccepted = method === 'PUT' && json.state === 'running' && json.checksum === undefined
      const isEnd = method === 'PUT' && json.state === 'success'
      return isAccepted || isEnd ? [`${path} ${json.state}`] : []
    })
    const once = told.filter((line, index) => line !== told[index - 1])
    expect(once).toEqual(jobs.flatMap(({ id }) => [`jobs/${id} running`, `jobs/${id} success`]))
  }, 120_000)

  test('request_concurrency: so many requests wait at the server', async () => {
    await using runner = await startRunnerProgram({
      ...{ engine, cache, concurrent: 4 },
      toml: { runner: 'request_concurrency = 3' },
    })
    const { server } = runner
    await server.until(() => server.queue.waitingCount === 3)
    const [job] = await runner.run(jobWith(['true']))
    expect(job?.status).toBe('success')
  }, 120_000)

  test('tls-ca-file, tls-cert-file and tls-key-file: a job of a server that asks for a certificate', async () => {
    const [theirs, ours] = [testCertificate(), renewedCertificate()]
    await using runner = await startRunnerProgram({
      ...{ engine, cache },
      server: { tls: { ...theirs, ca: ours.cert, requestCert: true } },
      toml: {
        runner: 'tls-ca-file = "ca.pem"\n  tls-cert-file = "ours.pem"\n  tls-key-file = "ours-key.pem"',
      },
      files: { 'ca.pem': theirs.cert, 'ours.pem': ours.cert, 'ours-key.pem': ours.key },
    })
    const [job] = await runner.run(
      jobWith(['echo "it is $(echo well)"', 'sha256sum < "$CI_SERVER_TLS_CA_FILE"']),
    )
    expect(job?.log).toContain('it is well')
    expect(job?.log).toContain(createHash('sha256').update(theirs.cert).digest('hex'))
    expect(job?.status).toBe('success')
  }, 120_000)

  test.each([
    { said: 'nothing', toml: '', isOurs: false },
    { said: 'yes', toml: 'override_dependency_proxy = true', isOurs: true },
  ])(
    'override_dependency_proxy, $said: over plain HTTP, whose variables the job has',
    async ({ toml, isOurs }) => {
      await using runner = await startRunnerProgram({ engine, cache, toml: { entrepot: toml } })
      const theirs = {
        CI_DEPENDENCY_PROXY_SERVER: 'gitlab.example:443',
        CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX: 'gitlab.example:443/acme/dependency_proxy/containers',
      }
      const [job] = await runner.run({
        ...jobWith(['echo "at $CI_DEPENDENCY_PROXY_SERVER."'], theirs),
        image: { name: '$CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX/busybox:1.35' },
      })
      expect(job?.log).toContain(`at ${isOurs ? cache.address : 'gitlab.example:443'}.`)
      expect(job?.log).toMatch(/\(cache [\w, ]+ upstream requests?\)/)
      expect(job?.status).toBe('success')
    },
    120_000,
  )

  test('group: that of the project, by what the server says of it', async () => {
    await using runner = await startRunnerProgram({
      ...{ engine, cache },
      toml: { entrepot: 'group = "$CI_PROJECT_NAMESPACE"' },
    })
    const script = ['echo "at $CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX."']
    const [job, cheat] = await runner.run(
      jobWith(script),
      jobWith(script, { CI_PROJECT_NAMESPACE: 'default' }),
    )
    for (const { log } of [job, cheat].filter((one) => one !== undefined))
      expect(log).toContain(`at ${cache.address}/acme/dependency_proxy/containers.`)
    expect([job?.status, cheat?.status]).toEqual(['success', 'success'])
  }, 120_000)
})
