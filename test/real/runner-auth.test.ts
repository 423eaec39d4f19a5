import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { credentialHelper } from '../support/executor/credential-helper.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { type DockerRegistry, startDockerRegistry } from '../support/real/docker-registry.ts'
import { type Engine, startEngine } from '../support/real/engine.ts'
import { type EntrepotProcess, startEntrepot } from '../support/real/entrepot-process.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { startRunnerProgram } from '../support/real/runner-program.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'

const PASSWORD = 's3cret-of-my-username'
/** The engine does not find it: what comes from there came through the cache. */
const REGISTRY = 'registry.example.com:5000'
const PRIVATE_IMAGE = `${REGISTRY}/acme/tools/greeter:2.1`
const AUTH = Buffer.from(`my_username:${PASSWORD}`).toString('base64')

const authsFor = (key: string) => JSON.stringify({ auths: { [key]: { auth: AUTH } } })

const HELPER = credentialHelper(REGISTRY, 'my_username', PASSWORD)

const jobWith = (image: string | undefined, script: readonly string[], special: object = {}) => ({
  job_info: {
    name: 'login',
    stage: 'test',
    project_id: 7,
    project_name: 'shop',
    project_full_path: 'acme/shop',
  },
  git_info: { repo_url: '', ref: 'main', sha: '0123456789abcdef0123456789abcdef01234567', before_sha: '' },
  runner_info: { timeout: 300 },
  steps: [{ name: 'script', script }],
  ...(image !== undefined && { image: { name: image } }),
  ...special,
  variables: [
    { key: 'GIT_STRATEGY', value: 'none', public: true },
    ...('variables' in special ? (special.variables as object[]) : []),
  ],
})

const authVariable = (value: string) => ({ variables: [{ key: 'DOCKER_AUTH_CONFIG', value, public: false }] })

describeWith(
  [...ENGINE, 'docker-registry', 'htpasswd', ...IMAGES],
  'logins of jobs that a runner takes',
  () => {
    const cleanups = new Cleanups()
    let engine: Engine
    let secluded: DockerRegistry
    let cache: EntrepotProcess
    /** Its Docker Hub is the registry that asks for a login. */
    let hubCache: EntrepotProcess

    beforeAll(async () => {
      const users = { my_username: PASSWORD }
      const hub = cleanups.use(await startDockerRegistry({ images: ['busybox'] }))
      secluded = cleanups.use(await startDockerRegistry({ images: ['busybox', 'greeter'], auth: { users } }))
      engine = cleanups.use(await startEngine())
      const dir = await scratchDir('runner-auth', cleanups)
      const serve = async (name: string, upstreams: Readonly<Record<string, string | object>>) =>
        cleanups.use(
          await startEntrepot({
            upstreams,
            listen: [`${engine.hostAddress}:0`],
            storage: join(dir, name),
            isShared: true,
          }),
        )
      cache = await serve('open', {
        'docker.io': hub.url,
        [REGISTRY]: { url: secluded.url, alias: 'example' },
      })
      hubCache = await serve('hub', { 'docker.io': secluded.url })
    }, IMAGE_BUILD_TIMEOUT_MS)

    afterAll(async () => {
      await cleanups[Symbol.asyncDispose]()
    })

    beforeEach(() => engine.removeAllImages())

    test.each([
      {
        name: 'DOCKER_AUTH_CONFIG of the job',
        source: '$DOCKER_AUTH_CONFIG',
        special: authVariable(authsFor(REGISTRY)),
      },
      {
        name: "DOCKER_AUTH_CONFIG in the runner's environment",
        source: '$DOCKER_AUTH_CONFIG',
        toml: { runner: `environment = [${JSON.stringify(`DOCKER_AUTH_CONFIG=${authsFor(REGISTRY)}`)}]` },
      },
      {
        name: "auths of the user's config.json",
        source: '.docker/config.json',
        files: { '.docker/config.json': authsFor(REGISTRY) },
      },
      {
        name: "credsStore of the user's config.json",
        source: '.docker/config.json',
        files: {
          '.docker/config.json': '{ "credsStore": "keychain" }',
          'bin/docker-credential-keychain': HELPER,
        },
      },
      {
        name: 'credsStore of the job',
        source: '$DOCKER_AUTH_CONFIG',
        special: authVariable('{ "credsStore": "keychain" }'),
        files: { 'bin/docker-credential-keychain': HELPER },
      },
      {
        name: 'credHelpers of the job',
        source: '$DOCKER_AUTH_CONFIG',
        special: authVariable(JSON.stringify({ credHelpers: { [REGISTRY]: 'ecr-login' } })),
        files: { 'bin/docker-credential-ecr-login': HELPER },
      },
      {
        name: 'what came with the job',
        source: 'job payload (GitLab Registry)',
        special: {
          credentials: [{ type: 'registry', url: REGISTRY, username: 'my_username', password: PASSWORD }],
        },
      },
    ])(
      '$name opens a private image, which comes through the cache',
      async ({ source, special, toml, files }) => {
        await using runner = await startRunnerProgram({
          engine,
          cache,
          ...(toml && { toml }),
          ...(files && { files }),
        })
        const [job] = await runner.run(jobWith(PRIVATE_IMAGE, ['greet'], special))
        expect(job?.log).toContain('hello from a layer')
        const authenticating = job?.log
          .split('\n')
          .find((line) => line.includes('Authenticating with credentials'))
        expect(authenticating).toContain(source)
        expect(job?.log).toMatch(/greeter@sha256:\w+ \(cache [\w, ]+ upstream requests?\)/)
        expect(job?.status).toBe('success')
        expect(job?.log).not.toContain(PASSWORD)
        expect(job?.log).not.toContain(AUTH)
      },
      120_000,
    )

    test('a job without a login gets no private image, though others had it', async () => {
      await using runner = await startRunnerProgram({ engine, cache })
      const [friend] = await runner.run(jobWith(PRIVATE_IMAGE, ['greet'], authVariable(authsFor(REGISTRY))))
      expect(friend?.status).toBe('success')
      const [stranger] = await runner.run(jobWith(PRIVATE_IMAGE, ['greet']))
      expect(stranger).toMatchObject({ status: 'failed' })
      expect(stranger?.log).not.toContain('hello from a layer')
      expect(stranger?.log).toContain('failed to pull image')
    }, 120_000)

    test('a private image of Docker Hub, its service too, comes through the cache', async () => {
      await using runner = await startRunnerProgram({ engine, cache: hubCache })
      secluded.forgetRequests()
      const hubLogin = authVariable(authsFor('https://index.docker.io/v1/'))
      const services = [{ name: 'busybox:1.35', alias: 'idle', command: ['sleep', '300'] }]
      const [job, poor] = await runner.run(
        jobWith('acme/tools/greeter:2.1', ['greet'], { ...hubLogin, services }),
        jobWith('acme/tools/greeter:2.1', ['greet']),
      )
      expect(job?.log).toContain('hello from a layer')
      expect(job?.log.match(/\(cache [\w, ]+ upstream requests?\)/g)).toHaveLength(2)
      expect(poor?.status).toBe('failed')
      expect(
        secluded.requests.filter(({ status }) => status === 200).map(({ userAgent }) => userAgent),
      ).toEqual(expect.arrayContaining([expect.stringMatching(/^entrepot/)]))
      expect(secluded.requests.every(({ userAgent }) => !userAgent.startsWith('docker/'))).toBe(true)
    }, 120_000)

    test('names with $CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX and plain ones need no login', async () => {
      await using runner = await startRunnerProgram({ engine, cache })
      const prefixed = '$CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX/busybox:1.35'
      const sleeping = { alias: 'idle', command: ['sleep', '300'] }
      const script = ['echo "it is $(echo well)"', 'test -n "$CI_DEPENDENCY_PROXY_PASSWORD"']
      const jobs = await runner.run(
        jobWith(prefixed, script, { services: [{ name: prefixed, ...sleeping }] }),
        jobWith('busybox:1.35', script, { services: [{ name: 'busybox:1.35', ...sleeping }] }),
        jobWith('docker.io/library/busybox', script),
        jobWith(undefined, script),
      )
      for (const job of jobs) {
        expect(job.log).toContain('it is well')
        expect(job.log).toMatch(/\(cache [\w, ]+ upstream requests?\)/)
        expect(job.log).not.toContain('Authenticating with credentials')
        expect(job.status).toBe('success')
      }
    }, 120_000)
  },
)
