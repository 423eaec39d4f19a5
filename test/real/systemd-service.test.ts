import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Coordinator } from '../support/coordinator/coordinator.ts'
import { leftOnEngine } from '../support/executor/left-on-engine.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import type { ClientMachine } from '../support/real/client-machine.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { type DockerRegistry, startDockerRegistry } from '../support/real/docker-registry.ts'
import { startEngine } from '../support/real/engine.ts'
import { createEngineNetwork, type EngineNetwork } from '../support/real/engine-network.ts'
import { pullOverHttp } from '../support/real/http-pull.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { startInitMachine } from '../support/real/init-machine.ts'

const CONTRIB = join(import.meta.dirname, '../../contrib')
const READY = { timeout: 30_000, interval: 250 }
const TEST_TIMEOUT_MS = 180_000

const JOB = {
  git_info: { repo_url: '', ref: 'main', sha: '0'.repeat(40), before_sha: '' },
  runner_info: { timeout: 120 },
  variables: [{ key: 'GIT_STRATEGY', value: 'none', public: true }],
  image: { name: 'busybox:1.35' },
  services: [{ name: 'busybox:1.35', alias: 'idle', command: ['sleep', '300'] }],
  steps: [{ name: 'script', script: ['echo "prefix: $CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX"'] }],
}

describeWith(
  [...ENGINE, 'docker-registry', 'systemd', ...IMAGES],
  'the units of contrib, under systemd',
  () => {
    const cleanups = new Cleanups()
    let network: EngineNetwork
    let hub: DockerRegistry

    beforeAll(async () => {
      network = cleanups.use(await createEngineNetwork())
      hub = cleanups.use(await startDockerRegistry({ host: network.hostAddress, images: ['busybox'] }))
    }, IMAGE_BUILD_TIMEOUT_MS)

    afterAll(() => cleanups[Symbol.asyncDispose]())

    /** A unit, and the settings that stand beside it with the registry of the test for Docker Hub. */
    async function install(machine: ClientMachine, unit: string): Promise<void> {
      const upstreams = { 'docker.io': { url: hub.url, allowNetworks: [network.subnet] } }
      const settings = await readFile(join(CONTRIB, 'entrepot.yaml'), 'utf8')
      await machine.install([
        { path: `/etc/systemd/system/${unit}`, text: await readFile(join(CONTRIB, unit), 'utf8') },
        { path: '/etc/entrepot/entrepot.yaml', text: `${settings}\n${dump({ upstreams })}` },
      ])
      await machine.run(['systemctl', 'daemon-reload'])
    }

    async function show(machine: ClientMachine, unit: string, property: string): Promise<string> {
      return (await machine.run(['systemctl', 'show', '--property', property, '--value', unit])).trim()
    }

    /** By an administrator, who is root. */
    function entrepot(machine: ClientMachine, ...words: readonly string[]): Promise<string> {
      const env = { PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' }
      return machine.run(['entrepot', ...words], { env })
    }

    const url = () => `http://${network.engineAddress}:5000`
    const isReady = () =>
      fetch(`${url()}/readyz`, { signal: AbortSignal.timeout(5000) }).then(
        ({ status }) => status === 200,
        () => false,
      )

    test('entrepot.service serves as nobody, keeps its storage, and comes back when it is killed', {
      timeout: TEST_TIMEOUT_MS,
    }, async () => {
      await using machine = await startInitMachine({ network })
      const unit = 'entrepot.service'
      await install(machine, unit)
      await machine.run(['systemctl', 'start', unit])
      await expect.poll(isReady, READY).toBe(true)

      const pid = await show(machine, unit, 'MainPID')
      const status = await machine.run(['cat', `/proc/${pid}/status`])
      expect(status).not.toMatch(/^Uid:\s+0\b/m)
      for (const line of [/^CapEff:\s+0+$/m, /^CapBnd:\s+0+$/m, /^NoNewPrivs:\s+1$/m, /^Seccomp:\s+2$/m]) {
        expect(status).toMatch(line)
      }
      const base = `${url()}/v2/default/dependency_proxy/containers/library/busybox/`
      const pull = async () =>
        new Set((await pullOverHttp({ base, reference: '1.35' })).map(({ cacheStatus }) => cacheStatus))
      const first = await pull()
      expect([...first].join('\n')).toContain('miss')

      await machine.run(['systemctl', 'kill', '--signal=KILL', unit])
      await expect.poll(() => show(machine, unit, 'MainPID'), READY).not.toMatch(`^(0|${pid})$`)
      await expect.poll(isReady, READY).toBe(true)
      expect([...(await pull())].join('\n')).not.toContain('miss')
      // As an administrator looks at it.
      const listed = await entrepot(machine, 'cache', 'list', '--storage', '/var/lib/entrepot')
      expect(listed).toContain('busybox')

      await machine.run(['systemctl', 'stop', unit])
      expect(await show(machine, unit, 'Result')).toBe('success')
      expect(await show(machine, unit, 'ExecMainStatus')).toBe('0')
    })

    test('entrepot.service is not started again and again with settings that are wrong', {
      timeout: TEST_TIMEOUT_MS,
    }, async () => {
      await using machine = await startInitMachine({ network })
      const unit = 'entrepot.service'
      await install(machine, unit)
      await machine.install([{ path: '/etc/entrepot/entrepot.yaml', text: 'listen: 5\n' }])
      await machine.run(['systemctl', 'start', unit])
      await expect.poll(() => show(machine, unit, 'ActiveState'), READY).toBe('failed')
      expect(await show(machine, unit, 'ExecMainStatus')).toBe('2')
      expect(await show(machine, unit, 'NRestarts')).toBe('0')
    })

    test('entrepot-start.service runs a job through its cache, reads config.toml again, and ends with nothing left', {
      timeout: TEST_TIMEOUT_MS,
    }, async () => {
      await using server = await Coordinator.start({ host: network.hostAddress })
      await using engine = await startEngine({ network })
      const dockerSocket = engine.endpoint.replace('unix://', '')
      await using machine = await startInitMachine({ network, dockerSocket })
      const unit = 'entrepot-start.service'
      await install(machine, unit)
      await entrepot(
        machine,
        ...['runner', 'register', '--non-interactive', '--url', server.url],
        ...['--token', server.runners.create(), '--executor', 'docker', '--docker-image', 'busybox:1.35'],
        ...['--docker-helper-image', 'busybox:1.35'],
      )
      await machine.run(['systemctl', 'start', unit])
      const job = server.addJob({ payload: JOB })
      await server.until(() => job.isOver)
      expect(job.log).toMatch(/busybox@sha256:\w+ \(cache miss, [\w ]+ upstream requests?\)/)
      expect(job.log).toMatch(/prefix: \S+:\d+\/default\/dependency_proxy\/containers$/m)
      expect(job.status).toBe('success')

      const configured = async () =>
        (await machine.run(['journalctl', '--no-pager', '--output', 'cat', '--unit', unit])).split(
          '"event":"runner.configured"',
        ).length - 1
      expect(await configured()).toBe(1)
      await machine.run(['systemctl', 'reload', unit])
      await expect.poll(configured, READY).toBe(2)

      const endless = server.addJob({
        payload: { ...JOB, steps: [{ name: 'script', script: ['echo "be""gun"', 'sleep 300'] }] },
      })
      await server.until(() => endless.log.includes('begun'))
      await machine.run(['systemctl', 'stop', unit])
      expect(endless).toMatchObject({
        status: 'failed',
        log: expect.stringContaining('the runner was stopped'),
      })
      expect(await show(machine, unit, 'Result')).toBe('success')
      expect(await show(machine, unit, 'ExecMainStatus')).toBe('0')
      expect(await leftOnEngine(engine)).toBe('')
    })
  },
)
