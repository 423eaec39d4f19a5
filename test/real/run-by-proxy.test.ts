import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildDist } from '../support/real/build-dist.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { type DockerRegistry, startDockerRegistry } from '../support/real/docker-registry.ts'
import { type Engine, startEngine } from '../support/real/engine.ts'
import { type EntrepotProcess, startEntrepot } from '../support/real/entrepot-process.ts'
import { groupReference } from '../support/real/group-reference.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { runCommand } from '../support/real/run-command.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'

const PASSWORD = 's3cret-of-my-username'
/** The engine does not find it: what comes from there came through the cache. */
const REGISTRY = 'registry.example.com:5000'

const jobOf = (image: string, script: string, login?: string) => ({
  id: 23,
  token: 'a-job-token-of-a-server',
  job_info: {
    name: 'greet',
    stage: 'test',
    project_id: 7,
    project_name: 'shop',
    project_full_path: 'acme/shop',
  },
  git_info: { repo_url: '', ref: 'main', sha: '0'.repeat(40), before_sha: '' },
  runner_info: { timeout: 120 },
  image: { name: image },
  steps: [{ name: 'script', script: [script], timeout: 100 }],
  variables: login === undefined ? [] : [{ key: 'DOCKER_AUTH_CONFIG', value: login, public: false }],
})

/** Server, engine and run have one 127.0.0.1, as on the machine of a developer. */
describeWith(
  [...ENGINE, 'docker-registry', 'htpasswd', ...IMAGES],
  'a cache at --proxy http://127.0.0.1',
  () => {
    const cleanups = new Cleanups()
    let engine: Engine
    let secluded: DockerRegistry
    let server: EntrepotProcess
    let dir: string
    let program: string
    let token: string

    beforeAll(async () => {
      program = await buildDist()
      dir = await scratchDir('by-proxy', cleanups)
      engine = cleanups.use(await startEngine())
      const { hostAddress: host, network } = engine
      const hub = cleanups.use(await startDockerRegistry({ host, images: ['busybox'] }))
      const auth = { users: { my_username: PASSWORD } }
      secluded = cleanups.use(await startDockerRegistry({ host, images: ['greeter'], auth }))
      server = cleanups.use(
        await startEntrepot({
          upstreams: {
            'docker.io': { url: hub.url, allowNetworks: [network.subnet] },
            [REGISTRY]: { url: secluded.url, alias: 'example', allowNetworks: [network.subnet] },
          },
          listen: [`${network.engineAddress}:0`, '127.0.0.1:0'],
          network,
          isShared: true,
        }),
      )
      const named = ['--name', 'ci', '--role', 'runner', '--storage', server.storage]
      const made = await runCommand(process.execPath, [program, 'token', 'create', ...named, '--json'], {
        cwd: dir,
      })
      token = JSON.parse(made).secret
    }, IMAGE_BUILD_TIMEOUT_MS)

    afterAll(() => cleanups[Symbol.asyncDispose]())

    const run = async (
      job: object,
      { url = `http://${server.addresses[1]}`, secret = token } = {},
    ): Promise<{ code: number | null; log: string }> => {
      const path = join(dir, 'job.json')
      await writeFile(path, JSON.stringify(job))
      const args = ['run', '--job', path, '--proxy', url, '--docker-host', engine.endpoint]
      const enter = ['netns', 'exec', engine.network.namespace, process.execPath, program]
      const env = { PATH: process.env.PATH, HOME: dir, XDG_CACHE_HOME: join(dir, 'caches'), NO_PROXY: '*' }
      const child = spawn('ip', [...enter, ...args], { cwd: dir, env: { ...env, ENTREPOT_TOKEN: secret } })
      let log = ''
      for (const output of [child.stdout, child.stderr])
        output.on('data', (chunk: Buffer) => {
          log += chunk.toString()
        })
      const [code] = (await once(child, 'close')) as [number | null]
      return { code, log }
    }

    test('has pulls in the account of their job, though everybody here may pull', async () => {
      await engine.docker('pull', groupReference(server.addresses[1] ?? '', 'library/busybox:1.35'))
      await engine.removeAllImages()
      const { code, log } = await run(jobOf('busybox:1.35', 'echo "it is $(echo well)"'))
      expect(log).toContain('it is well')
      expect(log).toMatch(/busybox:1\.35 with digest busybox@sha256:\w+ \(cache [\w, ]+ upstream requests?\)/)
      expect(code).toBe(0)
    }, 120_000)

    test('that cannot be used ends the run with 3, naming the setting', async () => {
      const job = jobOf('busybox:1.35', 'true')
      const noToken = await run(job, { secret: '' })
      expect(noToken).toMatchObject({
        code: 3,
        log: expect.stringContaining('in ENTREPOT_TOKEN or token_file'),
      })
      const wrongToken = await run(job, { secret: 'ept_wrong' })
      expect(wrongToken).toMatchObject({
        code: 3,
        log: expect.stringContaining('ENTREPOT_TOKEN, or token_file in [runners.entrepot]'),
      })
      expect(wrongToken.log).not.toContain('ept_wrong')
      const nobody = await run(job, { url: 'http://127.0.0.1:1' })
      expect(nobody).toMatchObject({
        code: 3,
        log: expect.stringContaining('http://127.0.0.1:1 does not answer'),
      })
    }, 120_000)

    test('gives a job private images by a login of its own, and others none', async () => {
      const image = `${REGISTRY}/acme/tools/greeter:2.1`
      const auth = Buffer.from(`my_username:${PASSWORD}`).toString('base64')
      const login = JSON.stringify({ auths: { [REGISTRY]: { auth } } })
      const { code, log } = await run(jobOf(image, 'greet', login))
      expect(log).toContain('hello from a layer')
      expect(log).toMatch(/greeter@sha256:\w+ \(cache miss, \d+ upstream requests\)/)
      expect(log).not.toContain(PASSWORD)
      expect(code).toBe(0)

      await engine.removeAllImages()
      const poor = await run(jobOf(image, 'greet'))
      expect(poor.log).not.toContain('hello from a layer')
      expect(poor.log).toContain('failed to pull image')
      expect(poor.code).toBe(1)
      expect(secluded.requests.every(({ userAgent }) => !userAgent.startsWith('docker/'))).toBe(true)
    }, 120_000)
  },
)
