import type { ContainerInspectInfo } from 'dockerode'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { frame } from '../../src/executor/script/frame.ts'
import { aJob, anImage, aService, aVariable } from '../support/executor/a-job.ts'
import { type DockerStage, dockerStage, type OpenedJob } from '../support/executor/docker-stage.ts'
import { type JobEngine, jobEngines } from '../support/executor/job-engines.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'

const MIB = 1024 * 1024
const IMAGE = 'busybox:1.35'

/** Keys whose value the engine tells of a container as it was given to it. */
const TOML = `
memory = "256m"
memory_reservation = "128m"
cpus = "1.5"
cpu_shares = 512
cpuset_cpus = "0"
cpuset_mems = "0"
shm_size = 33554432
oom_score_adjust = 500
cap_add = ["NET_ADMIN"]
cap_drop = ["MKNOD"]
security_opt = ["no-new-privileges"]
group_add = ["4242"]
runtime = "runc"
ipcmode = "shareable"
devices = ["/dev/zero:/dev/nought:r"]
device_cgroup_rules = ["c 1:3 mr"]
dns = ["192.0.2.53"]
dns_search = ["example.test"]
extra_hosts = ["archive.example:192.0.2.7"]
hostname = "builder"
user = "1000:1000"
service_memory = "64m"
service_memory_reservation = "32m"
service_cpus = "0.5"
service_cpu_shares = 256
service_cpuset_cpus = "0"
services_security_opt = ["no-new-privileges"]
network_mtu = 1400
[runners.docker.tmpfs]
"/scratch" = "size=1m"
[runners.docker.services_tmpfs]
"/quick" = "size=2m"
[runners.docker.ulimit]
nofile = "512:600"
[runners.docker.sysctls]
"net.ipv4.ip_unprivileged_port_start" = "80"
[runners.docker.container_labels]
team = "of $CI_PROJECT_NAME"
[runners.docker.log_options]
labels = "team"
`

const PREFIX = 'com.gitlab.gitlab-runner'
const engines = await jobEngines()

describeWith([...ENGINE, 'docker-registry', ...IMAGES], 'keys of [runners.docker]', () => {
  describe.each(engines)('on $name', ({ start }) => {
    const cleanups = new Cleanups()
    let engine: JobEngine
    let dir: string

    beforeAll(async () => {
      engine = cleanups.use(await start(['busybox']))
      dir = await scratchDir('keys', cleanups)
    }, IMAGE_BUILD_TIMEOUT_MS)

    afterAll(() => cleanups[Symbol.asyncDispose]())

    const stageWith = (toml: string): Promise<DockerStage> => dockerStage(engine, { toml })

    /** The job's containers, by what they are. */
    const containersOf = async (jobId: number): Promise<Record<string, ContainerInspectInfo>> => {
      const names = (await engine.leftOf(jobId)).filter((left) => left.startsWith('container '))
      const told = await engine.docker('inspect', ...names.map((name) => name.slice('container '.length)))
      const infos = JSON.parse(told) as ContainerInspectInfo[]
      return Object.fromEntries(infos.map((info) => [kindOf(info), info]))
    }

    const kindOf = ({ Config }: ContainerInspectInfo): string => Config.Labels[`${PREFIX}.type`] ?? ''

    const aServed = (id: number): ReturnType<typeof aJob> =>
      aJob(IMAGE, {
        ...{ id, allowGitFetch: false },
        variables: [aVariable('CI_PROJECT_NAME', 'shop')],
        services: [aService(IMAGE, { alias: 'idle', command: ['sleep', '300'] })],
      })

    const helper = (job: OpenedJob, script: string) => {
      const stage = { name: 'get_sources', container: 'helper', script: frame(script) } as const
      return job.environment.run(stage, AbortSignal.timeout(60_000))
    }

    test('are what the engine was asked for: limits and rights of the build, the helper and services', async () => {
      const stage = await stageWith(
        `wait_for_services_timeout = -1\nhelper_image = "${IMAGE}"\nvolumes = ["/dynamic", "/etc:/given:ro"]${TOML}`,
      )
      await using job = stage.open(aServed(31))
      await job.prepare()
      expect(await helper(job, 'echo help > /builds/acme/shop/note')).toMatchObject({ exitCode: 0 })
      const { build, predefined, service } = await containersOf(31)

      const common = {
        ShmSize: 32 * MIB,
        Runtime: 'runc',
        Dns: ['192.0.2.53'],
        DnsSearch: ['example.test'],
        ExtraHosts: ['archive.example:192.0.2.7'],
        LogConfig: { Type: 'json-file', Config: { labels: 'team' } },
        Privileged: false,
        SecurityOpt: ['no-new-privileges'],
      }
      const ofScripts = {
        ...common,
        Memory: 256 * MIB,
        MemoryReservation: 128 * MIB,
        NanoCpus: 1_500_000_000,
        CpuShares: 512,
        CpusetCpus: '0',
        CpusetMems: '0',
        OomScoreAdj: 500,
        GroupAdd: ['4242'],
        IpcMode: 'shareable',
        Devices: [{ PathOnHost: '/dev/zero', PathInContainer: '/dev/nought', CgroupPermissions: 'r' }],
        DeviceCgroupRules: ['c 1:3 mr'],
        Sysctls: { 'net.ipv4.ip_unprivileged_port_start': '80' },
        Ulimits: [{ Name: 'nofile', Soft: 512, Hard: 600 }],
        Tmpfs: { '/scratch': 'size=1m' },
      }
      for (const { Config, HostConfig } of [build, predefined].filter((one) => one !== undefined)) {
        expect(HostConfig).toMatchObject(ofScripts)
        expect(HostConfig.CapAdd?.join()).toMatch(/^(CAP_)?NET_ADMIN$/)
        expect(HostConfig.CapDrop?.join()).toMatch(/^(CAP_)?MKNOD$/)
        expect(Config).toMatchObject({ Hostname: 'builder', Tty: false, OpenStdin: true, StdinOnce: true })
        expect(HostConfig.Binds).toContain('/etc:/given:ro')
      }
      expect([build?.Config.User, predefined?.Config.User]).toEqual(['1000:1000', '0:0'])

      expect(service?.HostConfig).toMatchObject({
        ...common,
        Memory: 64 * MIB,
        MemoryReservation: 32 * MIB,
        NanoCpus: 500_000_000,
        CpuShares: 256,
        CpusetCpus: '0',
        Tmpfs: { '/quick': 'size=2m' },
      })
      expect(service?.HostConfig.Ulimits ?? []).toEqual([])
      expect(service?.HostConfig.CapAdd ?? []).toEqual([])
      expect(service?.HostConfig.Devices ?? []).toEqual([])
      expect(service?.HostConfig.Binds?.map((bind) => bind.split(':')[1])).toEqual(
        build?.HostConfig.Binds?.map((bind) => bind.split(':')[1]),
      )

      for (const one of [build, predefined, service]) {
        expect(one?.Config.Labels).toMatchObject({
          team: 'of shop',
          [`${PREFIX}.managed`]: 'true',
          [`${PREFIX}.job.id`]: '31',
          [`${PREFIX}.project.id`]: '7',
          'entrepot.executor.job': '31',
        })
      }
      expect(service?.Config.Labels).toMatchObject({
        [`${PREFIX}.team`]: 'of shop',
        [`${PREFIX}.service`]: 'busybox',
        [`${PREFIX}.service.version`]: '1.35',
      })
    })

    test('are what a script finds', async () => {
      const stage = await stageWith(`volumes = ["/dynamic", "/etc:/given:ro"]${TOML}`)
      await using job = stage.open(aJob(IMAGE, { id: 32, allowGitFetch: false }))
      await job.prepare()
      const script = [
        'hostname; id -u; id -G; ulimit -n; ulimit -Hn',
        'cat /proc/sys/net/ipv4/ip_unprivileged_port_start',
        'grep -o "192.0.2.7.*" /etc/hosts; grep "^search" /etc/resolv.conf',
        'cat /sys/class/net/eth0/mtu; test -s /given/debian_version && echo from the host; head -c 2 /dev/nought | tr "\\000" z; echo',
        'touch /dynamic/x && echo dynamic; grep -o " /given [^ ]* ro" /proc/mounts | grep -c .',
        'df -k /scratch | tail -1 | sed "s/^tmpfs *//; s/ .*//"; df -k /dev/shm | tail -1 | sed "s/^shm *//; s/ .*//"',
        'grep NoNewPrivs /proc/self/status',
      ]
      await job.run(`set +e\n${script.join('\n')}`)
      expect(job.trace.output.replaceAll('\t', ' ')).toBe(
        [
          'builder',
          '1000',
          '1000 4242',
          '512',
          '600',
          '80',
          '192.0.2.7 archive.example',
          'search example.test',
          '1400',
          'from the host',
          'zz',
          'dynamic',
          '1',
          '1024',
          '32768',
          'NoNewPrivs: 1',
          '',
        ].join('\n'),
      )
    })

    test('cache_dir and disable_cache: a folder of the host keeps what a job leaves, or nothing does', async () => {
      const write = 'cat /cache/kept 2>/dev/null || echo nothing; echo kept > /cache/kept'
      for (const [toml, seen] of [
        [`cache_dir = "${dir}"`, 'nothing\nkept\n'],
        ['disable_cache = true', 'nothing\nnothing\n'],
        ['', 'nothing\nkept\n'],
      ] as const) {
        const stage = await stageWith(toml)
        let output = ''
        for (const id of [33, 34]) {
          await using job = stage.open(aJob(IMAGE, { id }), 9)
          await job.prepare()
          await job.run(write)
          output += job.trace.output
        }
        expect([toml, output]).toEqual([toml, seen])
      }
    })

    test('services_privileged, and disable_entrypoint_overwrite with its warning', async () => {
      const stage = await stageWith(
        'services_privileged = true\ndisable_entrypoint_overwrite = true\nwait_for_services_timeout = -1',
      )
      const job = aServed(35)
      const overriding = { entrypoint: ['/bin/false'] }
      const services = job.services.map((service) => ({ ...service, ...overriding }))
      await using opened = stage.open({ ...job, services, image: anImage(IMAGE, overriding) })
      await opened.prepare()
      expect(await opened.run('echo ran')).toMatchObject({ exitCode: 0 })
      const { build, service } = await containersOf(35)
      expect([build?.HostConfig.Privileged, service?.HostConfig.Privileged]).toEqual([false, true])
      // Whether it starts is up to the machine: some withhold a capability.
      expect(service?.Config.Entrypoint).toBeNull()
      expect(opened.trace.lines.match(/Entrypoint override disabled/g)).toHaveLength(2)
    })

    test('do not hide a job from its sweep; what the engine refuses is told with the image', async () => {
      const stage = await stageWith('[runners.docker.container_labels]\n"entrepot.executor.job" = "1"')
      await using job = stage.open(aJob(IMAGE, { id: 36, allowGitFetch: false }))
      await job.prepare()
      expect(await engine.leftOf(36)).toHaveLength(3)
      const refused = await stageWith('runtime = "no-such-runtime"')
      await using other = refused.open(aJob(IMAGE, { id: 37, allowGitFetch: false }))
      await expect(other.prepare()).rejects.toMatchObject({
        code: 'runner_configuration_error',
        message: expect.stringMatching(/the container of image "busybox:1\.35": .*no-such-runtime/s),
      })
    })
  })
})
