import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OtherEngine, startEngineOf } from '../support/executor/engine-with-images.ts'
import { buildDist } from '../support/real/build-dist.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { type DockerRegistry, startDockerRegistry } from '../support/real/docker-registry.ts'
import { type EntrepotProcess, startEntrepot } from '../support/real/entrepot-process.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { findRoot } from '../support/real/releases.ts'
import { runCommand } from '../support/real/run-command.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'

/** Its runc starts privileged containers also where a capability is withheld from everybody. */
const newer = await findRoot('of Debian 13')

const CONFIG = '[[runners]]\nexecutor = "docker"\n[runners.docker]\nprivileged = true\nnetwork_mtu = 1400\n'

function jobOf(script: readonly string[], ...variables: readonly object[]): object {
  return {
    id: 23,
    token: 'a-job-token-of-a-server',
    job_info: { name: 'build', stage: 'build', project_id: 7, project_name: 'shop' },
    git_info: { repo_url: '', ref: 'main', sha: '0123456789abcdef0123456789abcdef01234567' },
    runner_info: { timeout: 240 },
    variables: [{ key: 'DOCKER_HOST', value: 'tcp://docker:2375', public: true }, ...variables],
    steps: [{ name: 'script', script, timeout: 200 }],
    image: { name: 'docker:dind', entrypoint: [''] },
    services: [{ name: 'docker:dind', command: ['--tls=false'] }],
  }
}

/** A run that goes on; the test ends it. */
class Run implements AsyncDisposable {
  readonly #child: ChildProcess
  out = ''
  err = ''

  constructor(child: ChildProcess) {
    this.#child = child
    child.stdout?.on('data', (chunk: Buffer) => {
      this.out += chunk.toString()
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      this.err += chunk.toString()
    })
  }

  async end(signal?: NodeJS.Signals): Promise<number | null> {
    if (signal !== undefined) this.#child.kill(signal)
    if (this.#child.exitCode === null) await once(this.#child, 'close')
    return this.#child.exitCode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) await this.end('SIGKILL')
  }
}

describeWith([...ENGINE, 'docker-registry', ...IMAGES], 'Docker in Docker', () => {
  describe.skipIf(newer === undefined)('in a job', () => {
    const cleanups = new Cleanups()
    let engine: OtherEngine
    let hub: DockerRegistry
    let server: EntrepotProcess
    let program: string
    let dir: string

    beforeAll(async () => {
      program = await buildDist()
      dir = await scratchDir('dind', cleanups)
      engine = cleanups.use(await startEngineOf(newer ?? '', ['busybox']))
      const { network } = engine
      const host = network.hostAddress
      hub = cleanups.use(await startDockerRegistry({ host, images: ['busybox', 'toolbox', 'dind'] }))
      const upstreams = { 'docker.io': { url: hub.url, allowNetworks: [`${host}/32`] } }
      const listen = [`${network.engineAddress}:0`, '127.0.0.1:0']
      server = cleanups.use(await startEntrepot({ upstreams, listen, network, isShared: true }))
    }, IMAGE_BUILD_TIMEOUT_MS)

    afterAll(async () => {
      await cleanups[Symbol.asyncDispose]()
    })

    /** On the machine of the engine. */
    const onMachine = (...command: string[]): [string, string[]] => [
      'nsenter',
      [`--net=/run/netns/${engine.network.namespace}`, ...command],
    ]

    const run = async (job: object): Promise<Run> => {
      const [path, config] = [join(dir, 'job.json'), join(dir, 'config.toml')]
      await writeFile(path, JSON.stringify(job))
      await writeFile(config, CONFIG)
      const where = ['--storage', server.storage, '--docker-host', engine.endpoint]
      const args = [program, 'run', '--job', path, '--config', config, ...where]
      const [file, words] = onMachine(process.execPath, ...args)
      return new Run(spawn(file, words, { cwd: dir, env: { PATH: process.env.PATH, HOME: dir } }))
    }

    /** `172.18.0.1:40123` of the mirror that a run was given. */
    const mirrorOf = ({ out }: Run): string => /--registry-mirror=http:\/\/([\d.:]+)/.exec(out)?.[1] ?? ''

    const listeners = (): Promise<string> => runCommand(...onMachine('ss', '-Hltn'))

    const busyboxInside = 'docker run --rm busybox:1.35 echo "from in""side"'

    test('pulls through the cache as the job, also without the upstream, and nobody else does', async () => {
      const script = ['docker pull toolbox:1.0', busyboxInside, 'echo "all pul""led"', 'sleep 200']
      await using first = await run(jobOf(script))
      await expect.poll(() => first.out, { timeout: 120_000, interval: 200 }).toMatch(/all pulled|Job failed/)
      expect(first.out).toContain('all pulled')
      expect(first.out).toContain('from inside')
      const mirror = mirrorOf(first)
      expect(await listeners()).toContain(` ${mirror} `)
      // Whoever is in another network finds the address, and is cut off.
      await engine.docker('network', 'create', 'neighbours')
      const neighbour = ['run', '--rm', '--network', 'neighbours', 'busybox:1.35']
      const asked = engine.docker(...neighbour, 'wget', '-qO-', `http://${mirror}/v2/`)
      await expect(asked).rejects.toThrow(/wget/)
      const known = engine.docker(...neighbour, 'wget', '-qO-', `http://${server.address}/healthz`)
      await expect(known).resolves.not.toBe('')
      expect(await first.end('SIGINT')).toBe(130)
      expect(await listeners()).not.toContain(` ${mirror} `)
      const pulled = server.logs.filter(({ url }) => String(url).startsWith('/v2/library/toolbox/'))
      expect(pulled).not.toEqual([])
      const askers = pulled.map(({ group, credential }) => `${group} ${typeof credential}`)
      expect(new Set(askers)).toEqual(new Set(['default string']))
      expect(new Set(pulled.map(({ credential }) => credential)).size).toBe(1)

      await hub.stop()
      try {
        await using second = await run(jobOf(['docker pull toolbox:1.0', busyboxInside]))
        expect(await second.end()).toBe(0)
        expect(second.out).toContain('from inside')
        expect(mirrorOf(second)).not.toBe('')
      } finally {
        await hub.start()
      }
    }, 300_000)

    test('has no mirror when the job says so, and the MTU of the network that it is in', async () => {
      const off = { key: 'ENTREPOT_DIND_MIRROR', value: 'false', public: true }
      await using ended = await run(jobOf(['docker info', 'docker network inspect bridge'], off))
      expect(await ended.end()).toBe(0)
      expect(ended.out).not.toContain('registry-mirror')
      expect(ended.out).not.toContain('Registry Mirrors')
      expect(ended.out).toContain('"com.docker.network.driver.mtu": "1400"')
    }, 120_000)
  })
})
