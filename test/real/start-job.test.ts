import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Coordinator } from '../support/coordinator/coordinator.ts'
import { buildDist } from '../support/real/build-dist.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { Daemon } from '../support/real/daemon.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { type DockerRegistry, startDockerRegistry } from '../support/real/docker-registry.ts'
import { type Engine, startEngine } from '../support/real/engine.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { LimitedRegistry } from '../support/real/limited-registry.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'

const JOB = {
  git_info: { repo_url: '', ref: 'main', sha: '0'.repeat(40), ref_type: 'branch' },
  variables: [{ key: 'GIT_STRATEGY', value: 'none', public: true }],
  image: { name: 'busybox:1.35' },
  steps: [
    { name: 'script', script: ['echo "prefix: $CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX"'], timeout: 60 },
  ],
}

describeWith([...ENGINE, 'docker-registry', ...IMAGES], 'entrepot start on the machine of an engine', () => {
  const cleanups = new Cleanups()
  let engine: Engine
  let hub: DockerRegistry
  let limited: LimitedRegistry
  let server: Coordinator
  let dir: string
  let program: string

  beforeAll(async () => {
    program = await buildDist()
    dir = await scratchDir('start', cleanups)
    engine = cleanups.use(await startEngine())
    hub = cleanups.use(await startDockerRegistry({ images: ['busybox'] }))
    limited = cleanups.use(await LimitedRegistry.start(hub.url, engine.hostAddress))
    server = cleanups.use(await Coordinator.start({ host: engine.hostAddress }))
  }, IMAGE_BUILD_TIMEOUT_MS)

  afterAll(() => cleanups[Symbol.asyncDispose]())

  test('runs jobs through its cache with no address said, each with rights of its own', async () => {
    const config = `
concurrent = 1
check_interval = 1
[[runners]]
  name = "usual"
  url = "${server.url}"
  token = "${server.runners.create()}"
  executor = "docker"
  [runners.docker]
    host = "${engine.endpoint}"
    helper_image = "busybox:1.35"
`
    const upstreams = { 'docker.io': { url: limited.url, allowNetworks: ['172.28.0.0/16'] } }
    await writeFile(join(dir, 'config.toml'), config)
    await writeFile(join(dir, 'entrepot.yaml'), dump({ upstreams, listen: '127.0.0.1:0' }))
    const command = [process.execPath, program, 'start', '--config', 'config.toml', '--storage', 'storage']
    const daemon = new Daemon({
      file: 'ip',
      args: ['netns', 'exec', engine.network.namespace, ...command, '--log-format', 'json'],
      cwd: dir,
      env: { HOME: dir, XDG_CACHE_HOME: join(dir, 'caches') },
    })
    cleanups.defer(() => daemon.stop('SIGKILL'))

    const first = server.addJob({ payload: JOB })
    await server.until(() => first.isOver)
    expect([first.status, first.log]).toEqual(['success', expect.stringContaining('(cache miss, ')])
    await engine.removeAllImages()
    const second = server.addJob({ payload: JOB })
    await server.until(() => second.isOver)
    const { log } = second
    expect([second.status, log]).toEqual([
      'success',
      expect.stringContaining('(cache hit, 0 upstream requests)'),
    ])
    expect(log).toMatch(/prefix: \S+:\d+\/default\/dependency_proxy\/containers$/m)
    expect(await daemon.stop('SIGQUIT')).toEqual({ code: 0, signal: null })
  }, 180_000)
})
