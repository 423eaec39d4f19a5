import type { FlagKind, RegisterFlag } from './register-flag.ts'

const TEXTS = `hostname image runtime memory memory_swap memory_reservation cgroup_parent cpuset_cpus cpuset_mems cpus
  user gpus volume_driver cache_dir network_mode mac_address service_memory service_memory_swap
  service_memory_reservation service_cgroup_parent service_slot_cgroup_template service_cpuset_cpus service_cpus
  isolation helper_image helper_image_flavor host ipcmode pid_mode tls_cert_path userns_mode service_gpus`
const INTEGERS = `cpu_shares oom_score_adjust services_limit service_cpu_shares wait_for_services_timeout shm_size
  network_mtu`
const FLAGS = `privileged services_privileged disable_entrypoint_overwrite oom_kill_disable disable_cache volume_keep
  enable_ipv6 tls_verify`
const LISTS = `dns dns_search allowed_users group_add cap_add cap_drop security_opt services_security_opt devices
  device_cgroup_rules volumes extra_hosts volumes_from links allowed_images allowed_privileged_images
  allowed_privileged_services allowed_pull_policies allowed_services`
const TABLES = 'volume_driver_ops tmpfs services_tmpfs sysctls ulimit log_options container_labels'

/** Where GitLab Runner's flag is not the key with dashes. */
const IRREGULAR_FLAGS: Readonly<Record<string, string>> = {
  tls_cert_path: 'cert-path',
  tls_verify: 'tlsverify',
  userns_mode: 'userns',
  allowed_users: 'allowed_users',
  services_privileged: 'services_privileged',
  service_gpus: 'service_gpus',
}

/** Where its variable is not DOCKER_ and the key. */
const IRREGULAR_VARIABLES: Readonly<Record<string, string>> = {
  tls_cert_path: 'DOCKER_CERT_PATH',
  ipcmode: 'DOCKER_IPC_MODE',
}
const WITHOUT_VARIABLE = ['container_labels', 'enable_ipv6', 'network_mtu']

/** `--docker-*`: the keys of `[runners.docker]`. */
export const DOCKER_FLAGS: readonly RegisterFlag[] = [
  ...flagsFor('text', TEXTS),
  ...flagsFor('integer', INTEGERS),
  ...flagsFor('flag', FLAGS),
  ...flagsFor('texts', LISTS),
  ...flagsFor('list', 'pull_policy'),
  ...flagsFor('table', TABLES),
]

function flagsFor(kind: FlagKind, keys: string): RegisterFlag[] {
  return keys.split(/\s+/).map((key) => ({
    name: `--docker-${IRREGULAR_FLAGS[key] ?? key.replaceAll('_', '-')}`,
    kind,
    ...(!WITHOUT_VARIABLE.includes(key) && {
      env: IRREGULAR_VARIABLES[key] ?? `DOCKER_${key.toUpperCase()}`,
    }),
    key: ['docker', key],
    summary: `${key} of [runners.docker]`,
  }))
}
