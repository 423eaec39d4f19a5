import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { beforeAll, expect, test } from 'vitest'
import { Coordinator } from '../support/coordinator/coordinator.ts'
import { credentialHelper } from '../support/executor/credential-helper.ts'
import { buildImage } from '../support/real/build-image.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { startDockerRegistry } from '../support/real/docker-registry.ts'
import { type Engine, startEngine } from '../support/real/engine.ts'
import { buildEntrepotImage, ENTREPOT_IMAGE } from '../support/real/entrepot-image.ts'
import { builtImage, IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'

const PASSWORD = 's3cret-of-my-username'
/** The engine does not find it: what comes from there came through the cache. */
const REGISTRY = 'registry.example.com:5000'
const CUSTOM_IMAGE = 'acme/runner:latest'
const TEST_TIMEOUT_MS = 300_000

/** As guides to GitLab Runner have it, with the name of our image. */
const DOCKERFILE = `FROM ${ENTREPOT_IMAGE}
USER 0
RUN command -v git > /dev/null
COPY --chmod=0755 docker-credential-ecr-login docker-credential-keychain /usr/local/bin/
COPY config.json /root/.docker/config.json
`

const jobWith = (variables: readonly object[] = []) => ({
  git_info: { repo_url: '', ref: 'main', sha: '0'.repeat(40), before_sha: '' },
  runner_info: { timeout: 120 },
  image: { name: `${REGISTRY}/acme/tools/greeter:2.1` },
  steps: [{ name: 'script', script: ['greet'] }],
  variables: [{ key: 'GIT_STRATEGY', value: 'none', public: true }, ...variables],
})

describeWith(
  [...ENGINE, 'docker-registry', 'buildkit', 'htpasswd', ...IMAGES],
  'an image built on that of Entrepot',
  () => {
    beforeAll(async () => {
      await builtImage('node')
    }, IMAGE_BUILD_TIMEOUT_MS)

    test('has its credential helpers asked for the images of jobs, which come through the cache', {
      timeout: TEST_TIMEOUT_MS,
    }, async () => {
      await using cleanups = new Cleanups()
      const engine = cleanups.use(await startEngine())
      const host = engine.hostAddress
      const hub = cleanups.use(await startDockerRegistry({ host, images: ['node', 'busybox'] }))
      const users = { my_username: PASSWORD }
      const secluded = cleanups.use(await startDockerRegistry({ host, images: ['greeter'], auth: { users } }))
      const server = cleanups.use(await Coordinator.start({ host }))
      server.trace = { ...server.trace, intervalSeconds: 0.2 }
      await buildEntrepotImage(engine, hub, 'BuildKit')
      await buildCustomImage(engine, cleanups)

      const upstreams = {
        'docker.io': { url: hub.url, allowNetworks: [engine.network.subnet] },
        [REGISTRY]: { url: secluded.url, alias: 'example', allowNetworks: [engine.network.subnet] },
      }
      const folder = await scratchDir('custom', cleanups)
      await writeFile(join(folder, 'entrepot.yaml'), dump({ upstreams }))
      await writeFile(join(folder, 'config.toml'), configOf(server))
      await engine.docker(
        ...[
          'run',
          '--detach',
          '--name',
          'ci',
          '--network',
          'host',
          '--volume',
          `${folder}:/etc/gitlab-runner`,
        ],
        ...['--volume', `${join(folder, 'entrepot.yaml')}:/etc/entrepot/entrepot.yaml:ro`],
        ...['--volume', `${engine.endpoint.replace('unix://', '')}:/var/run/docker.sock`],
        ...[CUSTOM_IMAGE, 'start'],
      )

      const ofJob = JSON.stringify({ credHelpers: { [REGISTRY]: 'ecr-login' } })
      const jobs = [
        server.addJob({ payload: jobWith() }),
        server.addJob({ payload: jobWith([{ key: 'DOCKER_AUTH_CONFIG', value: ofJob, public: false }]) }),
      ]
      await server.until(() => jobs.every((job) => job.isOver))
      const sources = ['/root/.docker/config.json', '$DOCKER_AUTH_CONFIG']
      for (const [index, { log, status }] of jobs.entries()) {
        expect(log).toContain('hello from a layer')
        const line = log.split('\n').find((text) => text.includes('Authenticating with credentials'))
        expect(line).toContain(sources[index])
        expect(log).toMatch(/greeter@sha256:\w+ \(cache [\w, ]+ upstream requests?\)/)
        expect(log).not.toContain(PASSWORD)
        expect(status).toBe('success')
      }
      const welcome = secluded.requests.filter(({ status }) => status === 200)
      expect(welcome).not.toEqual([])
      expect(welcome.filter(({ userAgent }) => !userAgent.startsWith('entrepot'))).toEqual([])
      expect(await engine.docker('logs', 'ci')).not.toContain(PASSWORD)
      await engine.docker('stop', '--time', '60', 'ci')
      expect((await engine.docker('inspect', '--format', '{{.State.ExitCode}}', 'ci')).trim()).toBe('0')
    })
  },
)

async function buildCustomImage(engine: Engine, cleanups: Cleanups): Promise<void> {
  const context = await scratchDir('custom-image', cleanups)
  const helper = credentialHelper(REGISTRY, 'my_username', PASSWORD)
  const files = {
    Dockerfile: DOCKERFILE,
    'docker-credential-ecr-login': helper,
    'docker-credential-keychain': helper,
    'config.json': '{ "credsStore": "keychain" }',
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(context, name), text)
  await buildImage(engine, { builder: 'BuildKit', context, buildArgs: {}, tag: CUSTOM_IMAGE })
}

function configOf(server: Coordinator): string {
  return `concurrent = 1
check_interval = 1
[[runners]]
  name = "custom"
  url = "${server.url}"
  token = "${server.runners.create()}"
  executor = "docker"
  [runners.docker]
    image = "busybox:1.35"
`
}
