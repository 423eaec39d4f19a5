import { readVariable } from './config-variable.ts'
import type { DockerDraft } from './docker-schema.ts'
import type { DockerSettings, ServiceSettings } from './docker-settings.ts'
import { buildHostOptions, serviceHostOptions } from './host-options.ts'

const DEFAULT_SERVICE_WAIT_S = 30
const DEFAULT_CACHE_MAX_BYTES = 20 * 1024 ** 3

/** Defaults as GitLab Runner has them, but for `network_mode`: a job has a network of its own. */
export function completeDocker(draft: DockerDraft, defaultHost: string): DockerSettings {
  const pullPolicies = filled(draft.pull_policy) ?? ['always']
  const waitS = draft.wait_for_services_timeout || DEFAULT_SERVICE_WAIT_S
  const servicesLimit = draft.services_limit ?? -1
  return {
    host: draft.host || defaultHost,
    tlsCertPath: draft.tls_cert_path || undefined,
    tlsVerify: draft.tls_verify ?? false,
    image: draft.image || undefined,
    helperImage: draft.helper_image || undefined,
    helperImageFlavor: draft.helper_image_flavor || undefined,
    services: (draft.services ?? []).map(completeService),
    servicesLimit: servicesLimit < 0 ? undefined : servicesLimit,
    allowedImages: draft.allowed_images ?? [],
    allowedServices: draft.allowed_services ?? [],
    pullPolicies,
    allowedPullPolicies: filled(draft.allowed_pull_policies) ?? pullPolicies,
    mirrors: draft.mirrors ?? [],
    volumes: draft.volumes ?? [],
    disableCache: draft.disable_cache ?? false,
    cacheDir: draft.cache_dir || undefined,
    volumeKeep: draft.volume_keep ?? false,
    volumeDriver: draft.volume_driver || undefined,
    volumeDriverOptions: draft.volume_driver_ops ?? {},
    tmpfs: draft.tmpfs ?? {},
    servicesTmpfs: draft.services_tmpfs ?? {},
    privileged: draft.privileged ?? false,
    servicesPrivileged: draft.services_privileged,
    allowedPrivilegedImages: draft.allowed_privileged_images ?? [],
    allowedPrivilegedServices: draft.allowed_privileged_services ?? [],
    user: draft.user || undefined,
    allowedUsers: draft.allowed_users ?? [],
    disableEntrypointOverwrite: draft.disable_entrypoint_overwrite ?? false,
    hostname: draft.hostname || undefined,
    networkMode: draft.network_mode || undefined,
    networkMtu: draft.network_mtu,
    enableIpv6: draft.enable_ipv6 ?? false,
    networkPools: draft.network_pools ?? [],
    macAddress: draft.mac_address || undefined,
    extraHosts: draft.extra_hosts ?? [],
    waitForServicesTimeoutMs: waitS < 0 ? undefined : waitS * 1000,
    serviceFailure: draft.service_failure ?? 'warn',
    dindMirror: draft.dind_mirror ?? true,
    cacheMaxBytes: draft.cache_max_size || DEFAULT_CACHE_MAX_BYTES,
    cacheKeepMs: draft.cache_keep,
    containerLabels: draft.container_labels ?? {},
    buildHost: buildHostOptions(draft),
    serviceHost: serviceHostOptions(draft),
  }
}

function completeService(service: NonNullable<DockerDraft['services']>[number]): ServiceSettings {
  const { name, alias, entrypoint, command, environment = [] } = { ...NO_SERVICE, ...service }
  return {
    name,
    alias: alias || undefined,
    entrypoint: filled(entrypoint),
    command: filled(command),
    variables: environment.map(readVariable),
  }
}

const NO_SERVICE = { alias: undefined, entrypoint: undefined, command: undefined, environment: undefined }

function filled<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list?.length ? list : undefined
}
