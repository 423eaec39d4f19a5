import { afterAll, beforeAll, expect, test } from 'vitest'
import { aJob, aVariable } from '../support/executor/a-job.ts'
import { dockerStage } from '../support/executor/docker-stage.ts'
import { type EngineWithImages, startEngineWithImages } from '../support/executor/engine-with-images.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'

const IMAGE = 'busybox:1.35'

describeWith(
  [...ENGINE, 'docker-registry', ...IMAGES],
  'settings of [runners.docker] on a Docker Engine',
  () => {
    let engine: EngineWithImages

    beforeAll(async () => {
      engine = await startEngineWithImages(['busybox'])
    }, IMAGE_BUILD_TIMEOUT_MS)

    afterAll(async () => {
      await engine?.[Symbol.asyncDispose]()
    })

    test.each([
      ['shm_size = 4194304', 'df -k /dev/shm | tail -1', /\b4096\b/],
      [
        'tmpfs = { "/quick" = "rw,noexec" }',
        'grep " /quick " /proc/mounts',
        /^tmpfs \/quick tmpfs rw,.*noexec/,
      ],
      [
        'extra_hosts = ["depot.example:192.0.2.7"]',
        'grep depot /etc/hosts',
        /^192\.0\.2\.7\s+depot\.example$/,
      ],
      ['hostname = "workshop"', 'hostname', /^workshop$/],
      ['ulimit = { nofile = "512:1024" }', 'ulimit -Sn; ulimit -Hn', /^512\n1024$/],
      ['sysctls = { "net.ipv4.ip_default_ttl" = "44" }', 'cat /proc/sys/net/ipv4/ip_default_ttl', /^44$/],
      ['group_add = ["4242"]', 'id -G', /\b4242\b/],
      ['cap_drop = ["CHOWN"]', 'touch f; chown 7 f 2> /dev/null && echo given || echo refused', /^refused$/],
      [
        'dns = ["192.0.2.53"]\nnetwork_mode = "bridge"',
        'cat /etc/resolv.conf',
        /^nameserver 192\.0\.2\.53$/m,
      ],
      ['oom_score_adjust = 321', 'cat /proc/self/oom_score_adj', /^321$/],
      ['user = "4242:4343"', 'id -u; id -g', /^4242\n4343$/],
    ])('%s', async (toml, command, told) => {
      const stage = await dockerStage(engine.engine, { toml })
      await using job = stage.open(aJob(IMAGE))
      const { projectDirectory } = await job.prepare()
      const { exitCode } = await job.run(`cd ${projectDirectory}\n${command}`)
      expect(job.trace.stdout.trim()).toMatch(told)
      expect(exitCode).toBe(0)
    })

    test('container_labels, with the variables of the job', async () => {
      const toml = 'container_labels = { "acme.stage" = "$STAGE of ${CI_PROJECT_PATH}" }'
      const stage = await dockerStage(engine.engine, { toml })
      const variables = [aVariable('STAGE', 'test'), aVariable('CI_PROJECT_PATH', 'acme/shop')]
      await using job = stage.open(aJob(IMAGE, { variables }))
      await job.prepare()
      const ours = ['--filter', `label=entrepot.executor.host=${stage.owner.hostId}`]
      const format = ['--format', '{{.Label "acme.stage"}}']
      expect((await engine.docker('ps', '--all', ...ours, ...format)).trim()).toBe('test of acme/shop')
    })
  },
)
