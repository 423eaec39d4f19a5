import { isIP } from 'node:net'
import * as z from 'zod'
import { parseDuration } from '../../duration.ts'
import { PULL_POLICIES } from '../job/job.ts'
import { parseCpus, parseDevice, parseGpus, parseMemory, parseUlimit } from './engine-values.ts'
import { parseMirror } from './registry-mirror.ts'
import { flag, integer, parsed, text, texts, textTable } from './toml-values.ts'

const memory = parsed(parseMemory, 'a size such as 512m or 2g')
const swap = z.union([z.literal(['-1', -1]).transform(() => -1), memory], {
  error: 'expected a size such as 512m or 2g, or -1 for no limit',
})
const cpus = parsed(parseCpus, 'a number of processors such as 0.5 or 2')
const gpus = parsed(parseGpus, 'all, a number, or device=ID')

const pullPolicy = z.enum(PULL_POLICIES, {
  error: ({ input }) => `expected ${PULL_POLICIES.join(', ')}, not ${JSON.stringify(input)}`,
})
const pullPolicies = z.union([pullPolicy.transform((policy) => [policy]), z.array(pullPolicy)], {
  error: `expected ${PULL_POLICIES.join(', ')}, or a list of them`,
})

const ulimits = textTable.transform((table, context) =>
  Object.entries(table).flatMap(([name, value]) => {
    const limit = parseUlimit(name, value)
    if (limit !== undefined) return [limit]
    context.addIssue({ code: 'custom', path: [name], message: 'expected "SOFT" or "SOFT:HARD"' })
    return []
  }),
)

const mirrors = textTable.transform((table, context) =>
  Object.entries(table).flatMap(([registry, prefix]) => {
    const mirror = parseMirror(registry, prefix)
    if (mirror !== undefined) return [mirror]
    const message = 'expected "HOST" = "HOST" or "HOST/PATH", each without https://'
    context.addIssue({ code: 'custom', path: [registry], message })
    return []
  }),
)

const logOptions = textTable.superRefine((table, context) => {
  for (const key of Object.keys(table)) {
    if (key === 'env' || key === 'labels') continue
    context.addIssue({ code: 'custom', path: [key], message: 'only env and labels can be set' })
  }
})

const address = text.refine((value) => isIP(value) !== 0, { error: 'expected an IP address' })

/** The form of old files is the bare name. */
const service = z.union(
  [
    text.transform((name) => ({ name })),
    z.object({
      name: text,
      alias: text.optional(),
      entrypoint: texts.optional(),
      command: texts.optional(),
      environment: texts.optional(),
    }),
  ],
  { error: 'expected the name of an image, or a table with a name' },
)

/** `[runners.docker]`, as GitLab Runner reads it, and what is ours at the end. An empty text is as if absent. */
export const dockerSchema = z.object({
  host: text.optional(),
  tls_cert_path: text.optional(),
  tls_verify: flag.optional(),
  image: text.optional(),
  helper_image: text.optional(),
  helper_image_flavor: text.optional(),
  services: z.array(service, { error: 'expected a list of services' }).optional(),
  services_limit: integer.optional(),
  allowed_images: texts.optional(),
  allowed_services: texts.optional(),
  pull_policy: pullPolicies.optional(),
  allowed_pull_policies: pullPolicies.optional(),
  volumes: texts.optional(),
  disable_cache: flag.optional(),
  cache_dir: text.optional(),
  volume_keep: flag.optional(),
  volume_driver: text.optional(),
  volume_driver_ops: textTable.optional(),
  tmpfs: textTable.optional(),
  services_tmpfs: textTable.optional(),
  privileged: flag.optional(),
  services_privileged: flag.optional(),
  allowed_privileged_images: texts.optional(),
  allowed_privileged_services: texts.optional(),
  user: text.optional(),
  allowed_users: texts.optional(),
  disable_entrypoint_overwrite: flag.optional(),
  hostname: text.optional(),
  network_mode: text.optional(),
  network_mtu: integer.min(68, { error: 'expected at least 68 bytes' }).optional(),
  enable_ipv6: flag.optional(),
  mac_address: text
    .refine((value) => value === '' || /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(value), {
      error: 'expected six bytes in hexadecimal, 02:42:ac:11:00:02',
    })
    .optional(),
  extra_hosts: z
    .array(text.refine((host) => /^[^:=]+[:=]\S+$/.test(host), { error: 'expected NAME:ADDRESS' }))
    .optional(),
  wait_for_services_timeout: integer.optional(),
  container_labels: textTable.optional(),

  memory: memory.optional(),
  memory_swap: swap.optional(),
  memory_reservation: memory.optional(),
  cpus: cpus.optional(),
  cpu_shares: integer.optional(),
  cpuset_cpus: text.optional(),
  cpuset_mems: text.optional(),
  service_memory: memory.optional(),
  service_memory_swap: swap.optional(),
  service_memory_reservation: memory.optional(),
  service_cpus: cpus.optional(),
  service_cpu_shares: integer.optional(),
  service_cpuset_cpus: text.optional(),
  shm_size: integer.min(0, { error: 'expected a number of bytes' }).optional(),
  oom_kill_disable: flag.optional(),
  oom_score_adjust: integer.optional(),
  cap_add: texts.optional(),
  cap_drop: texts.optional(),
  security_opt: texts.optional(),
  services_security_opt: texts.optional(),
  group_add: texts.optional(),
  userns_mode: text.optional(),
  runtime: text.optional(),
  isolation: z
    .enum(['', 'default', 'process', 'hyperv'], { error: 'expected default, process or hyperv' })
    .optional(),
  sysctls: textTable.optional(),
  ulimit: ulimits.optional(),
  devices: z.array(parsed(parseDevice, 'HOST, HOST:CONTAINER or HOST:CONTAINER:rwm')).optional(),
  device_cgroup_rules: texts.optional(),
  gpus: gpus.optional(),
  service_gpus: gpus.optional(),
  pid_mode: text.optional(),
  ipcmode: text.optional(),
  cgroup_parent: text.optional(),
  service_cgroup_parent: text.optional(),
  dns: z.array(address, { error: 'expected a list of IP addresses' }).optional(),
  dns_search: texts.optional(),
  links: texts.optional(),
  volumes_from: texts.optional(),
  log_options: logOptions.optional(),

  network_pools: z
    .array(text.refine((pool) => NETWORK.test(pool), { error: 'expected a network such as 172.29.0.0/16' }))
    .optional(),
  service_failure: z.enum(['warn', 'fail'], { error: 'expected warn or fail' }).optional(),
  dind_mirror: flag.optional(),
  mirrors: mirrors.optional(),
  cache_max_size: parsed(parseMemory, 'a size such as 20GiB').optional(),
  cache_keep: parsed((text) => parseDuration(text) || undefined, 'a time such as 12h or 7d').optional(),
})

const NETWORK = /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/

export type DockerDraft = z.output<typeof dockerSchema>
