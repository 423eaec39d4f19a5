import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aJob, anImage, aService, aVariable } from '../support/executor/a-job.ts'
import type { DockerStage, DockerStageOptions } from '../support/executor/docker-stage.ts'
import { dockerStage } from '../support/executor/docker-stage.ts'
import { type JobEngine, jobEngines } from '../support/executor/job-engines.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'

/** The image's entrypoint begins a database; a build has to be let alone by it. */
const PSQL = anImage('postgres:15', { entrypoint: [''] })
const PASSWORD = aVariable('POSTGRES_PASSWORD', 'between-us')
const ASK = 'PGPASSWORD=$POSTGRES_PASSWORD psql -h HOST -U postgres -Atc "select 6 * 7"'

const engines = await jobEngines()

describeWith([...ENGINE, 'docker-registry', ...IMAGES], 'services of a job', () => {
  describe.each(engines)('on $name', ({ start }) => {
    let engine: JobEngine
    let stage: DockerStage

    beforeAll(async () => {
      engine = await start(['busybox', 'debian', 'postgres'])
      stage = await dockerStage(engine)
    }, IMAGE_BUILD_TIMEOUT_MS)

    afterAll(async () => {
      await engine?.[Symbol.asyncDispose]()
    })

    test('answer under the name of their image and under their aliases, in every kind of network', async () => {
      const places: DockerStageOptions[] = [
        {},
        { toml: 'network_mode = "bridge"' },
        { toml: 'network_mode = "host"' },
        { featureFlags: { FF_NETWORK_PER_BUILD: false } },
      ]
      for (const place of places) {
        const there = await dockerStage(engine, place)
        const services = [aService('postgres:15', { alias: 'db, main' })]
        await using job = there.open(aJob('', { image: PSQL, services, variables: [PASSWORD] }))
        await job.prepare()
        expect(job.trace.lines).toMatch(/Service postgres:15 is ready after/)
        for (const host of ['postgres', 'db', 'main']) {
          expect(await job.run(ASK.replace('HOST', host))).toMatchObject({ exitCode: 0 })
        }
        expect(job.trace.output).toBe('42\n42\n42\n')
      }
    })

    test('show what they write when CI_DEBUG_SERVICES says so, and no more than that once the job is closed', async () => {
      const command = ['sh', '-c', 'echo out; echo trouble >&2; while :; do sleep 0.1; echo more; done']
      const services = [aService('busybox:1.35', { alias: 'chatty', command })]
      const variables = [aVariable('CI_DEBUG_SERVICES', 'true')]
      const job = stage.open(aJob('busybox:1.35', { services, variables }))
      await job.prepare()
      await expect.poll(() => job.trace.lines, { timeout: 30_000 }).toContain('more')
      expect(job.trace.lines).toMatch(/\[service:busybox-chatty\] \d{4}-\d\d-\d\dT\S+Z out\n/)
      expect(job.trace.lines).toMatch(/\[service:busybox-chatty\] \S+Z trouble\n/)
      await job.environment.close()
      const { lines } = job.trace
      expect(lines).not.toContain('cannot be followed')
      const quiet = stage.open(aJob('busybox:1.35', { services }))
      await quiet.prepare()
      await quiet.environment.close()
      expect(quiet.trace.lines).not.toContain('[service:')
      expect(job.trace.lines).toBe(lines)
    })

    test('of one image are several, each with its own command and variables', async () => {
      const own = { entrypoint: ['sh', '-c'], variables: [aVariable('HEALTHCHECK_TCP_PORT', '80')] }
      const serve = (text: string) =>
        ['mkdir /w; echo $TEXT > /w/index.html; exec httpd -f -p 80 -h /w'].map((line) =>
          line.replace('$TEXT', text),
        )
      const services = [
        aService('busybox:1.35', { ...own, command: serve('one') }),
        aService('busybox:1.35', { ...own, command: serve('two'), alias: 'second' }),
      ]
      await using job = stage.open(aJob('debian:12', { services }))
      await job.prepare()
      const read = 'exec 3<>/dev/tcp/HOST/80; printf "GET / HTTP/1.0\\r\\n\\r\\n" >&3; tail -1 <&3'
      await job.run(read.replace('HOST', 'busybox'))
      await job.run(read.replace('HOST', 'second'))
      expect(job.trace.output).toBe('one\ntwo\n')
      expect(job.trace.lines).toContain('Skipping alias "busybox" for service "busybox:1.35" (services[1])')
    })

    test('that end early are told at once, with what they wrote, and the job goes on', async () => {
      const services = [aService('postgres:15')]
      await using job = stage.open(aJob('busybox:1.35', { services }))
      await job.prepare()
      expect(job.trace.lines).toMatch(
        /Service runner-a1b2c3-project-7-concurrent-0-\w+-postgres-0 probably didn't start/,
      )
      expect(job.trace.lines).toContain('ended with exit code 1')
      expect(job.trace.lines).toContain('superuser password is not specified')
      expect(await job.run('true')).toMatchObject({ exitCode: 0 })
    })

    test('that end early fail the job where they must not', async () => {
      const strict = await dockerStage(engine, { toml: 'service_failure = "fail"' })
      await using job = strict.open(aJob('busybox:1.35', { services: [aService('postgres:15')] }))
      await expect(job.prepare()).rejects.toMatchObject({ message: expect.stringContaining('postgres:15') })
    })

    test('that do not listen in time cost a warning', async () => {
      const impatient = await dockerStage(engine, { toml: 'wait_for_services_timeout = 1' })
      const service = aService('busybox:1.35', {
        command: ['sleep', '1000'],
        variables: [aVariable('HEALTHCHECK_TCP_PORT', '80')],
      })
      await using job = impatient.open(aJob('busybox:1.35', { services: [service] }))
      await job.prepare()
      expect(job.trace.lines).toContain('timeout: nobody listens on port 80')
    })

    test('that die under a job are told when it fails', async () => {
      const service = aService('busybox:1.35', {
        command: ['sh', '-c', 'echo last words; while [ ! -e /cache/die ]; do usleep 50000; done; exit 9'],
      })
      const cached = await dockerStage(engine, { toml: 'wait_for_services_timeout = -1' })
      await using job = cached.open(aJob('busybox:1.35', { services: [service] }))
      await job.prepare()
      expect(await job.run('touch /cache/die; sleep 1; rm /cache/die; exit 1')).toMatchObject({ exitCode: 1 })
      expect(job.trace.lines).toContain('Service busybox:1.35 has ended with exit code 9.')
      expect(job.trace.lines).toContain('last words')
    })

    test('are asked by the HEALTHCHECK of their image', async () => {
      await engine.docker('create', '--name', 'base', 'busybox:1.35')
      const check = 'HEALTHCHECK --interval=1s CMD test -e /tmp/ready'
      await engine.docker('commit', '--change', check, 'base', 'checked:1')
      await engine.docker('rm', 'base')
      const command = ['sh', '-c', 'usleep 300000; touch /tmp/ready; sleep 1000']
      await using job = stage.open(aJob('busybox:1.35', { services: [aService('checked:1', { command })] }))
      await job.prepare()
      expect(job.trace.lines).toMatch(/Service checked:1 is ready after/)
    })
  })
})
