import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { parse } from 'smol-toml'
import { beforeAll, expect, test } from 'vitest'
import { version } from '../../src/version.ts'
import { Coordinator } from '../support/coordinator/coordinator.ts'
import { REGISTRATION_TOKEN } from '../support/coordinator/runner-registry.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { type DockerRegistry, startDockerRegistry } from '../support/real/docker-registry.ts'
import { type Engine, startEngine } from '../support/real/engine.ts'
import { buildEntrepotImage, ENTREPOT_IMAGE } from '../support/real/entrepot-image.ts'
import { groupReference } from '../support/real/group-reference.ts'
import { builtImage, IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'

/** The engine takes plain HTTP from its own loopback, where it publishes the port. */
const ADDRESS = '127.0.0.1:5000'
const HEALTHY = { timeout: 60_000, interval: 250 }
/** An image of hundreds of megabytes is packed, sent and unpacked. */
const TEST_TIMEOUT_MS = 300_000

describeWith([...ENGINE, 'docker-registry', 'buildkit', ...IMAGES], 'the Dockerfile', () => {
  beforeAll(async () => {
    await builtImage('node')
  }, IMAGE_BUILD_TIMEOUT_MS)

  test('built by BuildKit, serves from a read-only root, and after a restart with the upstream gone', {
    timeout: TEST_TIMEOUT_MS,
  }, async () => {
    await using engine = await startEngine()
    await using registry = await startRegistry(engine)
    await buildEntrepotImage(engine, registry, 'BuildKit')
    await using cleanups = new Cleanups()
    const settings = await writeSettings(engine, registry, cleanups)
    const inspect = async (what: string) => (await engine.docker('inspect', '--format', what, 'cache')).trim()
    const health = () => inspect('{{.State.Health.Status}}')

    await engine.docker(
      ...['run', '--detach', '--name', 'cache', '--read-only', '--tmpfs', '/tmp'],
      ...['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
      ...['--volume', 'kept:/var/lib/entrepot', '--volume', `${settings}:/etc/entrepot/entrepot.yaml:ro`],
      ...['--publish', `${ADDRESS}:5000`, ENTREPOT_IMAGE],
    )
    await expect.poll(health, HEALTHY).toBe('healthy')
    expect((await engine.docker('exec', 'cache', 'id', '-u')).trim()).toBe('1000')
    const reference = groupReference(ADDRESS, 'busybox:1.35')
    await engine.docker('pull', reference)

    await engine.docker('stop', '--time', '60', 'cache')
    expect(await inspect('{{.State.ExitCode}}')).toBe('0')
    await registry.stop()
    await engine.docker('image', 'rm', reference)
    await engine.docker('start', 'cache')
    await expect.poll(health, HEALTHY).toBe('healthy')
    await engine.docker('pull', reference)
    expect(await engine.imageDigest(reference)).toBe((await builtImage('busybox')).root.digest)
    expect(await engine.docker('run', '--rm', reference, 'echo', 'runs')).toBe('runs\n')
  })

  test('built by the classic builder, runs any command of the program, git, and registers runners', {
    timeout: TEST_TIMEOUT_MS,
  }, async () => {
    await using engine = await startEngine()
    await using registry = await startRegistry(engine)
    await buildEntrepotImage(engine, registry, 'classic')
    const run = (...args: string[]) => engine.docker('run', '--rm', '--read-only', ...args)
    expect(await run(ENTREPOT_IMAGE, 'version')).toBe(`${version}\n`)
    expect(await run('--entrypoint', 'git', ENTREPOT_IMAGE, '--version')).toMatch(/^git version/)
    const native = 'new (require("better-sqlite3"))(":memory:").prepare("SELECT 1").get()'
    await run('--workdir', '/opt/entrepot', '--entrypoint', 'node', ENTREPOT_IMAGE, '--eval', native)
    await registerInContainer(engine)
  })
})

function startRegistry(engine: Engine): Promise<DockerRegistry> {
  return startDockerRegistry({ host: engine.hostAddress, images: ['node', 'busybox'] })
}

/** What guides to GitLab Runner say, with the name of our image. */
async function registerInContainer(engine: Engine): Promise<void> {
  await using server = await Coordinator.start({ host: engine.hostAddress })
  await using cleanups = new Cleanups()
  const folder = await scratchDir('etc-gitlab-runner', cleanups)
  const run = (...args: string[]) =>
    engine.docker(
      'run',
      '--rm',
      '--user',
      '0',
      '--volume',
      `${folder}:/etc/gitlab-runner`,
      ENTREPOT_IMAGE,
      ...args,
    )
  await run(
    ...['register', '--non-interactive', '--executor', 'docker', '--url', `${server.url}/`],
    ...['--registration-token', REGISTRATION_TOKEN, '--description', 'devops-runner'],
    ...['--tag-list', 'build,deploy', '--run-untagged=true', '--locked=false'],
    ...['--docker-image', 'alpine:latest', '--access-level=not_protected'],
  )
  const path = join(folder, 'config.toml')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  const { runners } = parse(await readFile(path, 'utf8')) as { runners: Record<string, unknown>[] }
  expect(runners).toMatchObject([
    { name: 'devops-runner', url: `${server.url}/`, executor: 'docker', docker: { image: 'alpine:latest' } },
  ])
  const token = String(runners[0]?.token)
  expect(server.runners.settingsOf(token)).toMatchObject({ tag_list: 'build,deploy', run_untagged: true })
  expect(await run('verify')).toContain('devops-runner: is valid')
  await run('unregister', '--all-runners')
  expect(server.runners.has(token)).toBe(false)
  expect(await readFile(path, 'utf8')).not.toContain('[[runners]]')
}

async function writeSettings(engine: Engine, registry: DockerRegistry, cleanups: Cleanups): Promise<string> {
  const path = join(await scratchDir('image', cleanups), 'entrepot.yaml')
  const { subnet } = engine.network
  const settings = {
    // The engine comes from its bridge's end, whatever address it dialled.
    groups: { default: { anonymous: { networks: ['172.16.0.0/12'] } } },
    upstreams: { 'docker.io': { url: registry.url, allowNetworks: [subnet], tagTtl: '0s' } },
  }
  await writeFile(path, dump(settings), { mode: 0o644 })
  return path
}
