import { describe, expect, test } from 'vitest'
import { readRunnerFile } from '../../../src/executor/config/read-runner-file.ts'

const OPTIONS = { file: 'config.toml', dockerHost: 'unix:///var/run/docker.sock', env: {} }
const read = (text: string) => readRunnerFile(text, OPTIONS)

/**
 * What becomes of a key: `used` changes the settings, `noted` is told once, `quiet` is what a registration writes
 * for itself.
 */
type Fate = 'used' | 'noted' | 'quiet'
type Row = readonly [key: string, value: string, fate: Fate]

const ABOVE: readonly Row[] = [
  ['concurrent', '4', 'used'],
  ['check_interval', '10', 'used'],
  ['log_level', '"debug"', 'used'],
  ['log_format', '"json"', 'used'],
  ['shutdown_timeout', '60', 'used'],
  ['connection_max_age', '"15m0s"', 'quiet'],
  ['listen_address', '":9252"', 'used'],
  ['sentry_dsn', '"https://s.example/1"', 'noted'],
  ['user', '"ci"', 'noted'],
  ['session_server', '{ listen_address = "[::]:8093" }', 'noted'],
  ['session_server', '{ session_timeout = 1800 }', 'quiet'],
  ['labels', '{ team = "a" }', 'noted'],
]

const OF_RUNNER: readonly Row[] = [
  ['name', '"n"', 'used'],
  ['url', '"https://gitlab.example"', 'used'],
  ['id', '12', 'used'],
  ['token', '"glrt-x"', 'used'],
  ['token_obtained_at', '2026-01-02T03:04:05Z', 'used'],
  ['token_expires_at', '2026-02-02T03:04:05Z', 'used'],
  ['token_expires_at', '"2026-02-02T03:04:05Z"', 'used'],
  ['token_expires_at', '0001-01-01T00:00:00Z', 'quiet'],
  ['tls-ca-file', '"/ca.pem"', 'used'],
  ['tls-cert-file', '"/cert.pem"', 'used'],
  ['tls-key-file', '"/key.pem"', 'used'],
  ['limit', '2', 'used'],
  ['executor', '"shell"', 'used'],
  ['shell', '"pwsh"', 'noted'],
  ['builds_dir', '"/work"', 'used'],
  ['cache_dir', '"/keep"', 'used'],
  ['environment', '["A=b"]', 'used'],
  ['request_concurrency', '3', 'used'],
  ['strict_check_interval', 'true', 'noted'],
  ['output_limit', '8', 'used'],
  ['pre_get_sources_script', '"a"', 'used'],
  ['post_get_sources_script', '"a"', 'used'],
  ['pre_clone_script', '"a"', 'used'],
  ['post_clone_script', '"a"', 'used'],
  ['pre_build_script', '"a"', 'used'],
  ['post_build_script', '"a"', 'used'],
  ['clone_url', '"https://git.example"', 'used'],
  ['debug_trace_disabled', 'true', 'used'],
  ['clean_git_config', 'true', 'noted'],
  ['safe_directory_checkout', 'true', 'noted'],
  ['unhealthy_requests_limit', '5', 'noted'],
  ['unhealthy_interval', '"1h"', 'noted'],
  ['job_status_final_update_retry_limit', '5', 'noted'],
  ['prepare_timeout', '"1h"', 'used'],
  ['prepare_timeout', '"0s"', 'quiet'],
  ['get_sources_timeout', '"1h"', 'used'],
  ['get_sources_timeout', '0', 'quiet'],
  ['proxy_exec', 'true', 'noted'],
  ['labels', '{ team = "a" }', 'noted'],
  ['custom_build_dir', '{ enabled = false }', 'used'],
  ['custom_build_dir', '{ enabled = true }', 'quiet'],
  ['custom_build_dir', '{}', 'quiet'],
  ['feature_flags', '{ FF_TIMESTAMPS = false }', 'used'],
  ['cache', '{ Type = "s3" }', 'noted'],
  ['cache', '{ MaxUploadedArchiveSize = 0, s3 = {} }', 'quiet'],
  ['machine', '{ IdleCount = 1 }', 'noted'],
  ['kubernetes', '{ host = "" }', 'quiet'],
]

const OF_DOCKER: readonly Row[] = [
  ['host', '"tcp://10.0.0.5:2376"', 'used'],
  ['tls_cert_path', '"/certs"', 'used'],
  ['tls_verify', 'true', 'used'],
  ['image', '"ruby:3.3"', 'used'],
  ['services', '["mysql:latest", "postgres:latest"]', 'used'],
  ['services', '[{ name = "mysql:latest", alias = "db" }]', 'used'],
  ['allowed_images', '["ruby:*"]', 'used'],
  ['allowed_services', '["mysql:*"]', 'used'],
  ['pull_policy', '"never"', 'used'],
  ['pull_policy', '["always", "if-not-present"]', 'used'],
  ['allowed_pull_policies', '["never"]', 'used'],
  ['volumes', '["/cache"]', 'used'],
  ['disable_cache', 'true', 'used'],
  ['cache_dir', '"/keep"', 'used'],
  ['privileged', 'true', 'used'],
  ['services_privileged', 'true', 'used'],
  ['allowed_privileged_images', '["ruby:*"]', 'used'],
  ['allowed_privileged_services', '["docker:*"]', 'used'],
  ['network_mode', '"host"', 'used'],
  ['network_mtu', '1400', 'used'],
  ['enable_ipv6', 'true', 'used'],
  ['extra_hosts', '["h:10.0.0.1"]', 'used'],
  ['links', '["db:db"]', 'used'],
  ['dns', '["10.0.0.2"]', 'used'],
  ['dns_search', '["example"]', 'used'],
  ['hostname', '"h"', 'used'],
  ['mac_address', '"02:42:ac:11:00:02"', 'used'],
  ['user', '"ci"', 'used'],
  ['allowed_users', '["ci"]', 'used'],
  ['disable_entrypoint_overwrite', 'true', 'used'],
  ['wait_for_services_timeout', '5', 'used'],
  ['services_limit', '2', 'used'],
  ['memory', '"128m"', 'used'],
  ['memory_swap', '"256m"', 'used'],
  ['memory_reservation', '"64m"', 'used'],
  ['cpus', '"1.5"', 'used'],
  ['cpu_shares', '512', 'used'],
  ['cpuset_cpus', '"0,1"', 'used'],
  ['cpuset_mems', '"0"', 'used'],
  ['service_memory', '"128m"', 'used'],
  ['service_memory_swap', '"256m"', 'used'],
  ['service_memory_reservation', '"64m"', 'used'],
  ['service_cpus', '"1.5"', 'used'],
  ['service_cpu_shares', '512', 'used'],
  ['service_cpuset_cpus', '"0"', 'used'],
  ['shm_size', '300000', 'used'],
  ['tmpfs', '{ "/var/lib/mysql" = "rw,noexec" }', 'used'],
  ['services_tmpfs', '{ "/var/lib/mysql" = "rw,noexec" }', 'used'],
  ['cap_add', '["NET_ADMIN"]', 'used'],
  ['cap_drop', '["DAC_OVERRIDE"]', 'used'],
  ['devices', '["/dev/net/tun"]', 'used'],
  ['services_devices', '{ "*" = ["/dev/kvm"] }', 'noted'],
  ['device_cgroup_rules', '["c 1:3 mr"]', 'used'],
  ['gpus', '"all"', 'used'],
  ['service_gpus', '"all"', 'used'],
  ['security_opt', '["no-new-privileges"]', 'used'],
  ['services_security_opt', '["no-new-privileges"]', 'used'],
  ['group_add', '["docker"]', 'used'],
  ['userns_mode', '"host"', 'used'],
  ['runtime', '"runsc"', 'used'],
  ['isolation', '"default"', 'used'],
  ['ulimit', '{ nofile = "1024:2048" }', 'used'],
  ['sysctls', '{ "net.core.somaxconn" = "1024" }', 'used'],
  ['oom_kill_disable', 'true', 'used'],
  ['oom_score_adjust', '100', 'used'],
  ['pid_mode', '"host"', 'used'],
  ['ipcmode', '"host"', 'used'],
  ['cgroup_parent', '"ci"', 'used'],
  ['service_cgroup_parent', '"ci"', 'used'],
  ['service_slot_cgroup_template', '"x"', 'noted'],
  ['volumes_from', '["data"]', 'used'],
  ['volume_driver', '"local"', 'used'],
  ['volume_driver_ops', '{ size = "1g" }', 'used'],
  ['volume_keep', 'true', 'used'],
  ['helper_image', '"helper"', 'used'],
  ['helper_image_flavor', '"ubuntu"', 'used'],
  ['container_labels', '{ team = "a" }', 'used'],
  ['log_options', '{ labels = "a" }', 'used'],
  ['service_failure', '"fail"', 'used'],
  ['cache_max_size', '"50GiB"', 'used'],
  ['cache_keep', '"7d"', 'used'],
  ['mirrors', '{ "quay.io" = "mirror.example:5000" }', 'used'],
  ['network_pools', '["172.29.0.0/16"]', 'used'],
]

const OF_OURS: readonly Row[] = [
  ['proxy', '"http://cache.example:5000"', 'used'],
  ['engine_address', '"127.0.0.1:5000"', 'used'],
  ['job_address', '"10.0.0.1:5000"', 'used'],
  ['group', '"ci/$CI_PROJECT_NAMESPACE"', 'used'],
  ['token_file', '"/run/secrets/token"', 'used'],
  ['override_dependency_proxy', 'true', 'used'],
]

describe.each([
  ['above the runners', '', ABOVE],
  ['[[runners]]', '[[runners]]\n', OF_RUNNER],
  ['[runners.docker]', '[[runners]]\n[runners.docker]\n', OF_DOCKER],
  ['[runners.entrepot]', '[[runners]]\n[runners.entrepot]\n', OF_OURS],
])('%s', (_name, head, rows) => {
  test.each(rows)('%s = %s is %s', (key, value, fate) => {
    const without = read(head)
    const { warnings, ...settings } = read(`${head}${key} = ${value}\n`)
    const { warnings: none, ...before } = without
    expect(none).toEqual([])
    if (fate === 'used') expect(settings).not.toEqual(before)
    else expect(settings).toEqual(before)
    const told = `config.toml: without effect here: ${key}`
    if (key !== 'executor') expect(warnings).toEqual(fate === 'noted' ? [told] : [])
  })
})

test('a runner with another executor is named, with its line', () => {
  const { runners, warnings } = read(
    '[[runners]]\nexecutor = "docker"\n[[runners]]\nexecutor = "docker+machine"\n',
  )
  expect(warnings).toEqual([
    'config.toml:4: this runner takes no jobs here: its executor is docker+machine, and only docker is supported',
  ])
  expect(runners.map(({ executor }) => executor)).toEqual(['docker', 'docker+machine'])
})

test.each([
  ['$RUNNER_TOKEN', 'glrt-x'],
  ['${RUNNER_TOKEN}', 'glrt-x'],
  ['a$NOTHING', 'a'],
  ['100$', '100$'],
])('a token of %j is %j', (written, token) => {
  const { runners } = readRunnerFile(`[[runners]]\ntoken = "${written}"\n`, {
    ...OPTIONS,
    env: { RUNNER_TOKEN: 'glrt-x' },
  })
  expect(runners[0]?.token).toBe(token)
  expect(runners[0]?.isTokenFromEnvironment).toBe(token !== written)
})
