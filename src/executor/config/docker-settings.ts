import type { JobVariable, PullPolicy } from '../job/job.ts'
import type { RegistryMirror } from './registry-mirror.ts'

/** What `[runners.docker]` of config.toml says, checked, in our units. Names are GitLab's in our spelling. */
export interface DockerSettings {
  /** `unix:///var/run/docker.sock`, `tcp://10.0.0.5:2376`. */
  readonly host: string
  /** A folder with ca.pem, cert.pem and key.pem. */
  readonly tlsCertPath: string | undefined
  readonly tlsVerify: boolean

  /** For jobs that name none. Not expanded. */
  readonly image: string | undefined
  /** Absent: the image that this program runs in, where it runs in one with git; otherwise GitLab's. */
  readonly helperImage: string | undefined
  /** Of GitLab's: `alpine`, `ubuntu`. */
  readonly helperImageFlavor: string | undefined
  /** Started for every job, before its own. */
  readonly services: readonly ServiceSettings[]
  readonly servicesLimit: number | undefined
  /** Empty: every image. */
  readonly allowedImages: readonly string[]
  readonly allowedServices: readonly string[]
  /** At least one. */
  readonly pullPolicies: readonly PullPolicy[]
  /** At least one. */
  readonly allowedPullPolicies: readonly PullPolicy[]
  /** Of registries that the cache does not front. */
  readonly mirrors: readonly RegistryMirror[]

  /** As written: `/cache`, `/srv/data:/data:ro`. Destinations are not expanded. */
  readonly volumes: readonly string[]
  /** Volumes without a source then live as long as the job. */
  readonly disableCache: boolean
  /** A folder of the engine's host for volumes without a source. */
  readonly cacheDir: string | undefined
  /** Whether volumes that an image declares stay when their container goes. */
  readonly volumeKeep: boolean
  readonly volumeDriver: string | undefined
  readonly volumeDriverOptions: Readonly<Record<string, string>>
  /** Path to options, `/run` to `rw,noexec`. */
  readonly tmpfs: Readonly<Record<string, string>>
  readonly servicesTmpfs: Readonly<Record<string, string>>

  readonly privileged: boolean
  /** Absent: as `privileged`. */
  readonly servicesPrivileged: boolean | undefined
  /** Empty: every image. */
  readonly allowedPrivilegedImages: readonly string[]
  readonly allowedPrivilegedServices: readonly string[]
  /** Beats the job's. */
  readonly user: string | undefined
  readonly allowedUsers: readonly string[]
  readonly disableEntrypointOverwrite: boolean
  /** Absent: a name of the job's own. */
  readonly hostname: string | undefined

  /** `bridge`, `host`, `none`, `container:x` or a network's name. Absent: a network for each job. */
  readonly networkMode: string | undefined
  readonly networkMtu: number | undefined
  readonly enableIpv6: boolean
  /** Networks of jobs are cut out of these, /28 each: `172.29.0.0/16`. Empty: the engine chooses. */
  readonly networkPools: readonly string[]
  readonly macAddress: string | undefined
  /** `name:address`, for every container. */
  readonly extraHosts: readonly string[]

  /** Absent: services are not waited for. */
  readonly waitForServicesTimeoutMs: number | undefined
  /** What a service that does not start does to the job. */
  readonly serviceFailure: 'warn' | 'fail'
  /** Whether services that are Docker in Docker pull through the cache, as the job. */
  readonly dindMirror: boolean

  /** What archives of caches on this machine may take together, and cache volumes on the engine. */
  readonly cacheMaxBytes: number
  /** How long a cache is kept that no job uses. Absent: as long as there is room. */
  readonly cacheKeepMs: number | undefined

  /** The values may name the job's variables; they are not expanded yet. */
  readonly containerLabels: Readonly<Record<string, string>>
  /** Given to the engine as they are. */
  readonly buildHost: HostOptions
  readonly serviceHost: HostOptions
}

export interface ServiceSettings {
  /** Not expanded. */
  readonly name: string
  readonly alias: string | undefined
  readonly entrypoint: readonly string[] | undefined
  readonly command: readonly string[] | undefined
  readonly variables: readonly JobVariable[]
}

/**
 * The part of the Engine API's HostConfig that settings become without a look at the job. Names and units are the
 * API's: bytes, billionths of a processor.
 */
export interface HostOptions {
  readonly Memory?: number
  readonly MemorySwap?: number
  readonly MemoryReservation?: number
  readonly NanoCpus?: number
  readonly CpuShares?: number
  readonly CpusetCpus?: string
  readonly CpusetMems?: string
  readonly ShmSize?: number
  readonly OomKillDisable?: boolean
  readonly OomScoreAdj?: number
  readonly CapAdd?: string[]
  readonly CapDrop?: string[]
  readonly SecurityOpt?: string[]
  readonly GroupAdd?: string[]
  readonly UsernsMode?: string
  readonly Runtime?: string
  readonly Isolation?: 'default' | 'process' | 'hyperv'
  readonly Sysctls?: Record<string, string>
  readonly Ulimits?: { Name: string; Soft: number; Hard: number }[]
  readonly Devices?: { PathOnHost: string; PathInContainer: string; CgroupPermissions: string }[]
  readonly DeviceCgroupRules?: string[]
  readonly DeviceRequests?: {
    Driver?: string
    Count?: number
    DeviceIDs?: string[]
    Capabilities?: string[][]
  }[]
  readonly PidMode?: string
  readonly IpcMode?: string
  readonly CgroupParent?: string
  readonly Dns?: string[]
  readonly DnsSearch?: string[]
  readonly Links?: string[]
  readonly VolumesFrom?: string[]
  readonly LogConfig?: { Type: string; Config: Record<string, string> }
}
