import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { buildDist } from '../support/real/build-dist.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { type DockerRegistry, startDockerRegistry } from '../support/real/docker-registry.ts'
import { type Engine, startEngine } from '../support/real/engine.ts'
import { type EntrepotProcess, startEntrepot } from '../support/real/entrepot-process.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { LimitedRegistry } from '../support/real/limited-registry.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'

/** As a server sends it: two images of several layers, and a query against the service by its plain name. */
const JOB = {
  id: 17,
  token: 'a-job-token-of-a-server',
  job_info: {
    name: 'query',
    stage: 'test',
    project_id: 7,
    project_name: 'shop',
    project_full_path: 'acme/shop',
  },
  git_info: { repo_url: '', ref: 'main', sha: '0123456789abcdef0123456789abcdef01234567', before_sha: '' },
  runner_info: { timeout: 120 },
  variables: [
    { key: 'POSTGRES_PASSWORD', value: 'between-us-two', public: true, masked: true },
    { key: 'PGPASSWORD', value: '$POSTGRES_PASSWORD', public: true },
  ],
  steps: [
    { name: 'script', script: ['psql -h postgres -U postgres -Atc "select 6 * 7"'], timeout: 100 },
    { name: 'after_script', script: ['echo "it was $CI_JOB_STATUS"'], when: 'always' },
  ],
  image: { name: 'postgres:15', entrypoint: [''] },
  services: [{ name: 'postgres:15' }],
}

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A signal, sent when the output has this. */
interface Stop {
  readonly seen: string
  readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'
}

describeWith([...ENGINE, 'docker-registry', ...IMAGES], 'entrepot run', () => {
  const cleanups = new Cleanups()
  let engine: Engine
  let hub: DockerRegistry
  let limited: LimitedRegistry
  let dir: string
  let program: string

  beforeAll(async () => {
    program = await buildDist()
    dir = await scratchDir('run', cleanups)
    hub = cleanups.use(await startDockerRegistry({ images: ['busybox', 'postgres'] }))
    limited = cleanups.use(await LimitedRegistry.start(hub.url))
    engine = cleanups.use(await startEngine())
  }, IMAGE_BUILD_TIMEOUT_MS)

  afterAll(async () => {
    await cleanups[Symbol.asyncDispose]()
  })

  /** @param name of the storage; servers on one remember what upstreams said of their limits */
  const serve = (name: string, tagTtl: string): Promise<EntrepotProcess> =>
    startEntrepot({
      upstreams: { 'docker.io': { url: limited.url, tagTtl } },
      listen: [`${engine.hostAddress}:0`],
      storage: join(dir, name),
      isShared: true,
    })

  const run = async (job: object, server: EntrepotProcess, ...stops: Stop[]): Promise<Ended> => {
    const path = join(dir, 'job.json')
    await writeFile(path, JSON.stringify(job))
    const addresses = ['--engine-address', server.address, '--job-address', server.address]
    const args = ['run', '--job', path, '--storage', server.storage, '--docker-host', engine.endpoint]
    return await entrepot([...args, ...addresses], stops)
  }

  const entrepot = async (args: readonly string[], stops: readonly Stop[] = []): Promise<Ended> => {
    const env = { PATH: process.env.PATH, HOME: dir, XDG_CACHE_HOME: join(dir, 'caches') }
    const child = spawn(process.execPath, [program, ...args], { cwd: dir, env })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => {
      const before = out
      out += chunk.toString()
      const due = stops.filter(({ seen }) => !before.includes(seen) && out.includes(seen))
      for (const { signal } of due) child.kill(signal)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString()
    })
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, out, err }
  }

  const left = async (): Promise<string> => {
    const ours = ['--filter', 'label=entrepot.executor.managed=true', '--quiet']
    const found = [
      await engine.docker('ps', '--all', ...ours),
      await engine.docker('network', 'ls', ...ours),
      // No later run would find a volume of this one, so none outlives it.
      await engine.docker('volume', 'ls', ...ours),
    ]
    return found.join('').trim()
  }

  test('a job with a service, by plain names: pulled once, then from the cache, also when the upstream limits us', async () => {
    {
      await using server = await serve('limited', '1h')
      const first = await run(JOB, server)
      expect(first.err).toBe('')
      expect(first.out).toContain('\n42\n')
      expect(first.out).toContain('it was success')
      expect(first.out).toContain('Job succeeded')
      expect(first.out).toMatch(
        /postgres:15 with digest postgres@sha256:\w+ \(cache miss, \d+ upstream requests\)/,
      )
      expect(first.code).toBe(0)
      expect(await left()).toBe('')

      await engine.removeAllImages()
      limited.requests = 0
      const second = await run(JOB, server)
      expect(second).toMatchObject({ code: 0, err: '' })
      expect(second.out).toContain('(cache hit, 0 upstream requests)')
      expect(limited.requests).toBe(0)
      await server.stop()
    }
    await engine.removeAllImages()
    limited.isLimited = true
    onTestFinished(() => {
      limited.isLimited = false
    })
    await using server = await serve('limited', '0s')
    const third = await run(JOB, server)
    expect(third.out).toContain('\n42\n')
    expect(third).toMatchObject({ code: 0, err: '' })
    expect(await left()).toBe('')
  }, 300_000)

  test('says with its exit code how the job ended, also when it was interrupted; cleanup removes its images', async () => {
    await using server = await serve('ending', '1h')
    const after = { name: 'after_script', script: ['echo "it was $CI_JOB_STATUS"'], when: 'always' }
    const jobOf = (...script: string[]) => ({
      ...JOB,
      image: { name: 'busybox:1.35' },
      services: [],
      steps: [{ name: 'script', script }, after],
    })
    const failed = await run(jobOf('exit 7'), server)
    expect(failed.code).toBe(1)
    expect(failed.out).toContain('Job failed: exit code 7')

    const interrupted = await run(jobOf('echo "be""gun"', 'sleep 300'), server, {
      seen: 'begun',
      signal: 'SIGINT',
    })
    expect(interrupted.code).toBe(130)
    expect(interrupted.out).toContain('it was canceled')
    expect(interrupted.out).toContain('interrupted by SIGINT')
    expect(await left()).toBe('')

    const host = ['--docker-host', engine.endpoint]
    const dry = await entrepot(['cleanup', '--images', '--dry-run', '--json', ...host])
    expect(JSON.parse(dry.out)).toMatchObject({ dryRun: true, containers: 0, networks: 0, volumes: 0 })
    expect(JSON.parse(dry.out).images).toBeGreaterThan(0)
    const cleaned = await entrepot(['cleanup', '--images', '--json', ...host])
    expect(JSON.parse(cleaned.out)).toEqual({ ...JSON.parse(dry.out), dryRun: false })
    expect((await engine.docker('image', 'ls', '--quiet')).trim()).toBe('')
  }, 300_000)

  test('a second signal ends after_script too, and leaves nothing; SIGTERM is told from SIGINT', async () => {
    await using server = await serve('signals', '1h')
    const jobOf = (after: string) => ({
      ...JOB,
      image: { name: 'busybox:1.35' },
      services: [{ name: 'busybox:1.35', alias: 'idle', command: ['sleep', '300'] }],
      steps: [
        { name: 'script', script: ['trap "" TERM', 'echo "be""gun"', 'sleep 300'] },
        { name: 'after_script', script: [after], when: 'always' },
      ],
    })
    const first = { seen: 'begun', signal: 'SIGINT' } as const
    const second = { seen: 'it was canceled', signal: 'SIGINT' } as const
    const twice = await run(jobOf('echo "it was $CI_JOB_STATUS"; sleep 300'), server, first, second)
    expect(twice).toMatchObject({ code: 130, err: expect.stringContaining('once more skips after_script') })
    expect(await left()).toBe('')

    const term = await run(jobOf('echo "it was $CI_JOB_STATUS"'), server, { ...first, signal: 'SIGTERM' })
    expect(term.code).toBe(143)
    expect(term.out).toContain('it was canceled')
    expect(term.out).toContain('interrupted by SIGTERM')
    expect(await left()).toBe('')
  }, 300_000)

  test('an image that is not there fails the job with its name, before anything is started', async () => {
    await using server = await serve('missing', '1h')
    const job = {
      ...JOB,
      image: { name: 'busybox:0.0' },
      steps: [{ name: 'script', script: ['echo "r""an"'] }],
    }
    const missing = await run(job, server)
    expect(missing.code).toBe(1)
    expect(missing.out).toContain('WARNING: Failed to pull image with policy "always": ')
    expect(missing.out).toContain('failed to pull image "busybox:0.0" with specified policies [always]: ')
    expect(missing.out).not.toContain('ran')
    expect(await left()).toBe('')
  }, 300_000)

  test('what a killed run left is removed by the next', async () => {
    await using server = await serve('killed', '1h')
    const jobOf = (...script: string[]) => ({
      ...JOB,
      image: { name: 'busybox:1.35' },
      services: [{ name: 'busybox:1.35', alias: 'idle', command: ['sleep', '300'] }],
      steps: [{ name: 'script', script }],
    })
    const killed = await run(jobOf('echo "be""gun"', 'sleep 300'), server, {
      seen: 'begun',
      signal: 'SIGKILL',
    })
    expect(killed.code).toBe(null)
    expect(await left()).not.toBe('')
    expect(await run(jobOf('true'), server)).toMatchObject({ code: 0 })
    expect(await left()).toBe('')
  }, 300_000)
})
