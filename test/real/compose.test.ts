import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { beforeAll, expect, test } from 'vitest'
import { Coordinator } from '../support/coordinator/coordinator.ts'
import { startGitServer } from '../support/git/git-server.ts'
import { Repository } from '../support/git/repository.ts'
import { buildDist } from '../support/real/build-dist.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import { type ClientMachine, startClientMachine } from '../support/real/client-machine.ts'
import { startDockerClient } from '../support/real/clients/docker-client.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { type DockerRegistry, startDockerRegistry } from '../support/real/docker-registry.ts'
import { createEngineNetwork } from '../support/real/engine-network.ts'
import { builtImage, IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { findRoot } from '../support/real/releases.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Where its user has put the project. */
const CHECKOUT = '/root/entrepot'
const GIT_TOKEN = 's3cret-of-the-repository'
const TEST_TIMEOUT_MS = 300_000
/** As in compose.yaml. */
const NOFILE = 65_536
const BUILD_TIMEOUT_MS = 200_000

describeWith([...ENGINE, 'docker-registry', 'git', 'mmdebstrap', ...IMAGES], 'compose.yaml', () => {
  beforeAll(async () => {
    await Promise.all([builtImage('node'), findRoot('of Debian 13')])
  }, IMAGE_BUILD_TIMEOUT_MS)

  test('by the commands in its comments: a cache, a registered runner, and a job that pulls through the cache', {
    timeout: TEST_TIMEOUT_MS,
  }, async ({ skip }) => {
    const root = (await findRoot('of Debian 13')) ?? skip('no Docker Compose')
    await using cleanups = new Cleanups()
    const network = cleanups.use(await createEngineNetwork())
    const host = network.hostAddress
    const hub = cleanups.use(await startDockerRegistry({ host, images: ['node', 'busybox'] }))
    const server = cleanups.use(await Coordinator.start({ host }))
    const dir = await scratchDir('compose', cleanups)
    const git = cleanups.use(await startGitServer({ root: join(dir, 'git'), host, token: GIT_TOKEN }))
    const shop = await Repository.create(join(dir, 'git/acme/shop.git'), join(dir, 'work'))
    const sha = await shop.commit({ 'README.md': 'from the repository\n' })

    const machine = cleanups.use(await startClientMachine({ network, root }))
    const daemon = JSON.stringify({ 'insecure-registries': [network.subnet] })
    await machine.install([{ path: '/etc/docker/daemon.json', text: daemon }])
    await startDockerClient(machine)
    await checkOut(machine, hub)
    const compose = (...args: string[]) =>
      machine.run(['docker', 'compose', '--project-directory', CHECKOUT, ...args], {
        timeoutMs: BUILD_TIMEOUT_MS,
      })

    await pullBase(machine, hub)
    await compose('build', '--build-arg', 'NODE_IMAGE=node:lts', '--build-arg', 'APP=context')
    await compose('up', '--detach', '--wait')
    const exec = ['exec', '--no-TTY', 'entrepot', 'entrepot']
    const token = (await compose(...exec, 'token', 'create', '--name', 'runner', '--role', 'runner')).trim()
    const group = (await machine.run(['stat', '-c', '%g', '/var/run/docker.sock'])).trim()
    await machine.install([
      { path: `${CHECKOUT}/.env`, text: `ENTREPOT_TOKEN=${token}\nDOCKER_GID=${group}\n` },
    ])
    await compose(
      ...['--profile', 'runner', 'run', '--rm', '--no-TTY', 'runner', 'register', '--non-interactive'],
      ...['--url', server.url, '--token', server.runners.create(), '--executor', 'docker'],
      ...['--docker-image', 'busybox:1.35'],
    )
    await compose('--profile', 'runner', 'up', '--detach')

    const job = server.addJob({
      payload: {
        git_info: {
          ...{ repo_url: git.repoUrl('acme/shop.git'), ref: 'main', ref_type: 'branch', sha, before_sha: '' },
          refspecs: ['+refs/heads/main:refs/remotes/origin/main'],
        },
        runner_info: { timeout: 120 },
        steps: [
          {
            name: 'script',
            script: ['cat README.md', 'echo "prefix: $CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX"'],
          },
        ],
      },
    })
    await server.until(() => job.isOver)
    expect(job.log).toContain('from the repository')
    expect(job.log).toMatch(/prefix: 172\.17\.0\.1:5001\/default\/dependency_proxy\/containers$/m)
    // The engine pulled as the job: nobody else's pulls are told of.
    expect(job.log).toMatch(/busybox:1\.35.* \(cache miss, \d+ upstream requests?\)/)
    expect(job.status).toBe('success')
    const pulls = hub.requests.filter(({ url }) => url.startsWith('/v2/library/busybox/'))
    expect(pulls).not.toEqual([])
    expect(pulls.filter(({ userAgent }) => !userAgent.startsWith('entrepot'))).toEqual([])

    await compose('--profile', 'runner', 'stop')
    const ids = (await compose('--profile', 'runner', 'ps', '--all', '--quiet')).trim().split('\n')
    const codes = await machine.run(['docker', 'inspect', '--format', '{{.State.ExitCode}}', ...ids])
    expect(codes).toBe('0\n0\n')
    expect(
      await machine.run([
        'docker',
        'ps',
        '--all',
        '--quiet',
        '--filter',
        'label=entrepot.executor.managed=true',
      ]),
    ).toBe('')
  })
})

/** What the build needs, compiled here; the settings have the registry of the test for Docker Hub. */
async function checkOut(machine: ClientMachine, hub: DockerRegistry): Promise<void> {
  await buildDist()
  const folder = machine.pathOf(CHECKOUT)
  await mkdir(folder, { recursive: true })
  const lock = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8'))
  const packages = Object.entries(lock.packages as Record<string, { readonly dev?: boolean }>)
  // The Dockerfile takes them out in the end.
  const ofTests = new Set(packages.filter(([, { dev }]) => dev === true).map(([path]) => join(ROOT, path)))
  const filter = (source: string) => !ofTests.has(source)
  const names = ['Dockerfile', '.dockerignore', 'compose.yaml', 'package.json', 'package-lock.json']
  for (const name of [...names, 'README.md', 'CHANGELOG.md', 'LICENSE', 'contrib', 'dist', 'node_modules']) {
    await cp(join(ROOT, name), join(folder, name), { recursive: true, verbatimSymlinks: true, filter })
  }
  const nofile = await mostDescriptors()
  if (nofile < NOFILE) {
    const override = { services: { entrepot: { ulimits: { nofile } } } }
    await writeFile(join(folder, 'compose.override.yaml'), dump(override))
  }
  const settings = join(folder, 'contrib/entrepot.yaml')
  const upstreams = { 'docker.io': { url: hub.url, allowNetworks: ['172.28.0.0/16'] } }
  await writeFile(settings, `${await readFile(settings, 'utf8')}\n${dump({ upstreams })}`)
}

/** What this machine lets an engine give to its containers. Source: proc(5), /proc/pid/limits. */
async function mostDescriptors(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8')
  return Number(/^Max open files +\d+ +(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY)
}

/** BuildKit would ask a registry by https, and takes an image that the engine has. */
async function pullBase(machine: ClientMachine, hub: DockerRegistry): Promise<void> {
  const base = `${hub.address}/library/node:lts`
  await machine.run(['docker', 'pull', base])
  await machine.run(['docker', 'tag', base, 'node:lts'])
}
