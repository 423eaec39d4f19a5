import type { DockerDraft } from './docker-schema.ts'
import type { HostOptions } from './docker-settings.ts'

/** For the build and the helper container. */
export function buildHostOptions(draft: DockerDraft): HostOptions {
  return present({
    ...sharedOptions(draft),
    Memory: draft.memory,
    MemorySwap: draft.memory_swap,
    MemoryReservation: draft.memory_reservation,
    NanoCpus: draft.cpus,
    CpuShares: draft.cpu_shares,
    CpusetCpus: draft.cpuset_cpus,
    CpusetMems: draft.cpuset_mems,
    OomKillDisable: draft.oom_kill_disable,
    OomScoreAdj: draft.oom_score_adjust,
    CapAdd: draft.cap_add,
    CapDrop: draft.cap_drop,
    SecurityOpt: draft.security_opt,
    GroupAdd: draft.group_add,
    Sysctls: draft.sysctls,
    Ulimits: draft.ulimit,
    Devices: draft.devices?.filter((device) => device !== undefined),
    DeviceCgroupRules: draft.device_cgroup_rules,
    DeviceRequests: draft.gpus === undefined ? undefined : [draft.gpus],
    PidMode: draft.pid_mode,
    IpcMode: draft.ipcmode,
    CgroupParent: draft.cgroup_parent,
    Links: draft.links,
    VolumesFrom: draft.volumes_from,
  })
}

/** For services: they have limits of their own, and no access to what the build was given. */
export function serviceHostOptions(draft: DockerDraft): HostOptions {
  return present({
    ...sharedOptions(draft),
    Memory: draft.service_memory,
    MemorySwap: draft.service_memory_swap,
    MemoryReservation: draft.service_memory_reservation,
    NanoCpus: draft.service_cpus,
    CpuShares: draft.service_cpu_shares,
    CpusetCpus: draft.service_cpuset_cpus,
    SecurityOpt: draft.services_security_opt,
    DeviceRequests: draft.service_gpus === undefined ? undefined : [draft.service_gpus],
    CgroupParent: draft.service_cgroup_parent,
  })
}

function sharedOptions(draft: DockerDraft): Draft {
  return {
    ShmSize: draft.shm_size,
    UsernsMode: draft.userns_mode,
    Runtime: draft.runtime,
    Isolation: draft.isolation === '' ? undefined : draft.isolation,
    Dns: draft.dns,
    DnsSearch: draft.dns_search,
    // The log of a container is read back, which other drivers do not offer.
    LogConfig: { Type: 'json-file', Config: draft.log_options ?? {} },
  }
}

type Draft = { [Key in keyof HostOptions]: HostOptions[Key] | undefined }

/** Without what is absent or an empty text: the engine takes its own defaults then. */
function present(draft: Draft): HostOptions {
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined && value !== ''))
}
