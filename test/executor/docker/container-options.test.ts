import { describe, expect, test } from 'vitest'
import { readRunnerFile } from '../../../src/executor/config/read-runner-file.ts'
import { scriptContainer, serviceContainer } from '../../../src/executor/docker/container-options.ts'
import type { JobNetwork } from '../../../src/executor/docker/job-network.ts'

const OWN_NETWORK: JobNetwork = { mode: 'net-1', id: 'id-of-net-1', lookup: 'network' }
const ORDER = {
  name: 'c',
  labels: { kind: 'build' },
  imageId: 'sha256:1',
  environment: ['A=b'],
  aliases: ['build'],
  entrypoint: undefined,
  platform: undefined,
  isPrivileged: false,
}

/** What the engine is asked for with a line of `[runners.docker]`: for the build and the helper, and for a service. */
function asked(line: string, network: JobNetwork = OWN_NETWORK) {
  const text = `[[runners]]\nexecutor = "docker"\n[runners.docker]\n${line}\n`
  const file = readRunnerFile(text, { file: 'config.toml', dockerHost: 'unix:///x.sock', env: {} })
  const settings = file.runners[0]?.docker
  if (settings === undefined) throw new Error('no [runners.docker] was read')
  const frame = { settings, network, volumes: [], labels: { job: '42' } }
  const special = { hostname: 'runner-a', command: ['sh'], user: undefined, serviceHosts: ['db:10.0.0.9'] }
  return {
    script: scriptContainer(frame, { ...ORDER, ...special }),
    service: serviceContainer(frame, { ...ORDER, command: undefined }),
  }
}

describe('a line of [runners.docker]', () => {
  const rows: readonly [line: string, ofScripts: object, ofServices: object][] = [
    ['memory = "128m"', { Memory: 134217728 }, {}],
    ['memory_swap = "256m"', { MemorySwap: 268435456 }, {}],
    ['memory_reservation = "64m"', { MemoryReservation: 67108864 }, {}],
    ['cpus = "1.5"', { NanoCpus: 1_500_000_000 }, {}],
    ['cpu_shares = 512', { CpuShares: 512 }, {}],
    ['cpuset_cpus = "0,1"', { CpusetCpus: '0,1' }, {}],
    ['cpuset_mems = "0"', { CpusetMems: '0' }, {}],
    ['service_memory = "128m"', {}, { Memory: 134217728 }],
    ['service_memory_swap = "256m"', {}, { MemorySwap: 268435456 }],
    ['service_memory_reservation = "64m"', {}, { MemoryReservation: 67108864 }],
    ['service_cpus = "0.5"', {}, { NanoCpus: 500_000_000 }],
    ['service_cpu_shares = 512', {}, { CpuShares: 512 }],
    ['service_cpuset_cpus = "0"', {}, { CpusetCpus: '0' }],
    ['shm_size = 300000', { ShmSize: 300000 }, { ShmSize: 300000 }],
    ['tmpfs = { "/a" = "rw,noexec" }', { Tmpfs: { '/a': 'rw,noexec' } }, { Tmpfs: {} }],
    ['services_tmpfs = { "/a" = "rw" }', { Tmpfs: {} }, { Tmpfs: { '/a': 'rw' } }],
    ['cap_add = ["NET_ADMIN"]', { CapAdd: ['NET_ADMIN'] }, {}],
    ['cap_drop = ["DAC_OVERRIDE"]', { CapDrop: ['DAC_OVERRIDE'] }, {}],
    [
      'devices = ["/dev/net/tun"]',
      {
        Devices: [{ PathOnHost: '/dev/net/tun', PathInContainer: '/dev/net/tun', CgroupPermissions: 'rwm' }],
      },
      {},
    ],
    ['device_cgroup_rules = ["c 1:3 mr"]', { DeviceCgroupRules: ['c 1:3 mr'] }, {}],
    ['gpus = "all"', { DeviceRequests: [expect.objectContaining({ Count: -1 })] }, {}],
    ['service_gpus = "all"', {}, { DeviceRequests: [expect.objectContaining({ Count: -1 })] }],
    ['security_opt = ["no-new-privileges"]', { SecurityOpt: ['no-new-privileges'] }, {}],
    ['services_security_opt = ["no-new-privileges"]', {}, { SecurityOpt: ['no-new-privileges'] }],
    ['group_add = ["docker"]', { GroupAdd: ['docker'] }, {}],
    ['userns_mode = "host"', { UsernsMode: 'host' }, { UsernsMode: 'host' }],
    ['runtime = "runsc"', { Runtime: 'runsc' }, { Runtime: 'runsc' }],
    ['ulimit = { nofile = "1:2" }', { Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }] }, {}],
    ['sysctls = { "net.a" = "1" }', { Sysctls: { 'net.a': '1' } }, {}],
    ['oom_kill_disable = true', { OomKillDisable: true }, {}],
    ['oom_score_adjust = 100', { OomScoreAdj: 100 }, {}],
    ['pid_mode = "host"', { PidMode: 'host' }, {}],
    ['ipcmode = "host"', { IpcMode: 'host' }, {}],
    ['cgroup_parent = "ci"', { CgroupParent: 'ci' }, {}],
    ['service_cgroup_parent = "ci"', {}, { CgroupParent: 'ci' }],
    ['links = ["db:db"]', { Links: ['db:db'] }, {}],
    ['volumes_from = ["data"]', { VolumesFrom: ['data'] }, {}],
    ['dns = ["10.0.0.2"]', { Dns: ['10.0.0.2'] }, { Dns: ['10.0.0.2'] }],
    ['dns_search = ["example"]', { DnsSearch: ['example'] }, { DnsSearch: ['example'] }],
    [
      'extra_hosts = ["h:10.0.0.1"]',
      { ExtraHosts: ['h:10.0.0.1', 'db:10.0.0.9'] },
      { ExtraHosts: ['h:10.0.0.1'] },
    ],
    [
      'log_options = { labels = "a" }',
      { LogConfig: { Type: 'json-file', Config: { labels: 'a' } } },
      { LogConfig: { Type: 'json-file', Config: { labels: 'a' } } },
    ],
  ]
  const usual = asked('')

  test.each(rows)('%s', (line, ofScripts, ofServices) => {
    const { script, service } = asked(line)
    expect(script.HostConfig).toEqual({ ...usual.script.HostConfig, ...ofScripts })
    expect(service.HostConfig).toEqual({ ...usual.service.HostConfig, ...ofServices })
  })
})

test('labels of the settings are on every container, and take the place of none of ours', () => {
  const { script, service } = asked('container_labels = { team = "a", job = "mine" }')
  for (const { Labels } of [script, service]) expect(Labels).toEqual({ team: 'a', job: '42', kind: 'build' })
})

test('a hostname is for scripts, a MAC address for all', () => {
  const { script, service } = asked('hostname = "h"\nmac_address = "02:42:ac:11:00:02"')
  expect(script.Hostname).toBe('h')
  expect(service.Hostname).toBeUndefined()
  for (const { NetworkingConfig } of [script, service])
    expect(NetworkingConfig?.EndpointsConfig).toEqual({
      'net-1': { Aliases: ['build'], MacAddress: '02:42:ac:11:00:02' },
    })
})

test.each([
  ['host', { hostname: undefined, hosts: ['db:10.0.0.9'] }],
  ['container:x', { hostname: undefined, hosts: undefined }],
  ['bridge', { hostname: 'runner-a', hosts: ['db:10.0.0.9'] }],
] as const)('in the network %s', (mode, { hostname, hosts }) => {
  const { script } = asked(`network_mode = "${mode}"`, { mode, id: undefined, lookup: 'hosts' })
  expect(script.HostConfig?.NetworkMode).toBe(mode)
  expect(script.NetworkingConfig).toBeUndefined()
  expect(script.Hostname).toBe(hostname)
  expect(script.HostConfig?.ExtraHosts).toEqual(hosts)
})
