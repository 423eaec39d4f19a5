import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aJob, anImage, aService, aVariable } from '../support/executor/a-job.ts'
import { type DockerStage, dockerStage, type OpenedJob } from '../support/executor/docker-stage.ts'
import { type JobEngine, jobEngines } from '../support/executor/job-engines.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'

/** A busy machine is no failure. */
const TWENTY_TIMEOUT_MS = 300_000

const engines = await jobEngines()

describeWith([...ENGINE, 'docker-registry', ...IMAGES], 'trouble with a job', () => {
  describe.each(engines)('on $name', ({ start }) => {
    let engine: JobEngine
    let stage: DockerStage

    beforeAll(async () => {
      engine = await start(['busybox', 'debian'], 'busybox')
      stage = await dockerStage(engine)
    }, IMAGE_BUILD_TIMEOUT_MS)

    afterAll(async () => {
      await engine?.[Symbol.asyncDispose]()
    })

    async function commit(name: string, ...changes: string[]): Promise<void> {
      await engine.docker('create', '--name', 'base', 'busybox:1.35')
      await engine.docker('commit', ...changes.flatMap((change) => ['--change', change]), 'base', name)
      await engine.docker('rm', 'base')
    }

    test('entrypoints: taken away, a shell of old, one that runs its arguments', async () => {
      await commit('entered:1', 'ENTRYPOINT ["sh", "-c", "exec \\"$@\\"", "entry"]')
      const images = [
        anImage('busybox:1.35', { entrypoint: [''] }),
        anImage('busybox:1.35', { entrypoint: ['/bin/sh', '-c'] }),
        anImage('entered:1'),
      ]
      for (const image of images) {
        await using job = stage.open(aJob('', { image }))
        await job.prepare()
        expect(await job.run('echo ran; exit 4')).toMatchObject({ exitCode: 4 })
        expect(job.trace.output).toBe('ran\n')
      }
    })

    test('an entrypoint that does not read the script decides by its own exit code', async () => {
      await commit('deaf:1', 'ENTRYPOINT ["sh", "-c", "echo own way; exit 6"]')
      await using job = stage.open(aJob('deaf:1'))
      await job.prepare()
      const long = `: ${'x'.repeat(1024 * 1024)}\n`
      expect(await job.run(long)).toMatchObject({ exitCode: 6 })
      expect(job.trace.output).toBe('own way\n')
    })

    test('no shell is told with the image and what was to run', async () => {
      await commit('shellless:1', 'ENV PATH=/nowhere')
      await using job = stage.open(aJob('shellless:1'))
      await job.prepare()
      await expect(job.run('true')).rejects.toMatchObject({
        code: 'runner_configuration_error',
        message: expect.stringMatching(/image "shellless:1" did not start.*sh/s),
      })
    })

    test('an image for another processor is told as that', async () => {
      await using job = stage.open(aJob('busybox:arm64'))
      await job.prepare()
      const told = await job.run('true').then(
        ({ exitCode, explanation }) => `${exitCode}: ${explanation}`,
        (error: Error) => error.message,
      )
      expect(told).toMatch(/exec format error.*linux\/arm64.*linux\/amd64/)
    })

    test('too much memory is told with the limit', async () => {
      const limited = await dockerStage(engine, { toml: 'memory = "32m"\nmemory_swap = "32m"' })
      await using job = limited.open(aJob('debian:12'))
      await job.prepare()
      const end = await job.run('x=$(head -c 100000000 /dev/zero | tr "\\0" x); echo "$x" | wc -c')
      expect(end.exitCode).not.toBe(0)
      expect(end.explanation).toContain('32 MiB')
    })

    test('a disk that is full is told by the script that writes to it', async () => {
      const small = await dockerStage(engine, { toml: '[runners.docker.tmpfs]\n"/scratch" = "size=1m"' })
      await using job = small.open(aJob('debian:12', { id: 92, allowGitFetch: false }))
      await job.prepare()
      expect(await job.run('head -c 2000000 /dev/zero > /scratch/file')).toMatchObject({ exitCode: 1 })
      expect(job.trace.stderr).toContain('No space left on device')
      expect(await job.run('echo more')).toMatchObject({ exitCode: 0 })
      await job.environment.close()
      expect(await engine.leftOf(92)).toEqual([])
    })

    test('a job that was stopped is gone, and after_script finds a fresh container', async () => {
      await using job = stage.open(aJob('debian:12'))
      await job.prepare()
      const stop = new AbortController()
      const script = 'trap "echo told; exit 0" TERM; touch /tmp/here; echo begun; while :; do sleep 0.1; done'
      const run = job.run(`bash -c '${script}'`, stop.signal)
      await until(() => job.trace.output.includes('begun'))
      stop.abort(new Error('enough'))
      await expect(run).rejects.toThrow('enough')
      expect(job.trace.output).toContain('told')
      expect(await job.run('ls /tmp/here')).toMatchObject({ exitCode: 2 })
    })

    test('a job that does not hear TERM is ended when it is closed', async () => {
      const job = stage.open(aJob('busybox:1.35', { id: 61 }))
      await job.prepare()
      const stop = new AbortController()
      const run = job.run('trap "" TERM; echo begun; while :; do usleep 100000; done', stop.signal)
      await until(() => job.trace.output.includes('begun'))
      stop.abort(new Error('enough'))
      const ended = expect(run).rejects.toThrow('enough')
      await job.environment.close()
      await ended
      expect(await engine.leftOf(61)).toEqual([])
    })

    test('what a dead process left is swept, what a living one has stays', async () => {
      const dead = { ...stage.owner, pid: 2 ** 22 + 1 }
      const other = { ...dead, hostId: 'another-host' }
      const stages = await Promise.all([dead, other].map((owner) => dockerStage(engine, { owner })))
      const jobs: OpenedJob[] = []
      for (const [index, one] of [...stages, stage].entries()) {
        const job = one.open(aJob('busybox:1.35', { id: 70 + index, allowGitFetch: false }))
        await job.prepare()
        jobs.push(job)
      }
      expect(await stage.executor.sweep()).toEqual({ containers: 1, networks: 1, volumes: 1 })
      expect(await engine.leftOf(70)).toEqual([])
      expect(await engine.leftOf(71)).toHaveLength(3)
      expect(await jobs[2]?.run('true')).toMatchObject({ exitCode: 0 })
      for (const job of jobs) await job.environment.close()
    })

    test(
      'twenty jobs at once end each with their own code, and nothing is left',
      async () => {
        const numbers = Array.from({ length: 20 }, (_, index) => index)
        const ends = numbers.map(async (number) => {
          await using job = stage.open(aJob('busybox:1.35', { id: 100 + number }), number)
          await job.prepare(AbortSignal.timeout(TWENTY_TIMEOUT_MS))
          const end = await job.run(`echo ${number}; exit ${number}`)
          expect(job.trace.output).toBe(`${number}\n`)
          return end.exitCode
        })
        expect(await Promise.all(ends)).toEqual(numbers)
        for (const number of numbers) expect(await engine.leftOf(100 + number)).toEqual([])
      },
      TWENTY_TIMEOUT_MS,
    )

    test('a pool that is used up costs the job its own network, and nothing else', async () => {
      const small = await dockerStage(engine, { toml: 'network_pools = ["10.99.0.0/28"]' })
      const service = () => aService('busybox:1.35', { command: ['sleep', '100'] })
      await using first = small.open(aJob('busybox:1.35', { id: 80 }))
      await using second = small.open(aJob('busybox:1.35', { id: 81, services: [service()] }), 1)
      await first.prepare()
      await second.prepare()
      expect(second.trace.lines).toContain('No network could be made for this job')
      expect(await second.run('cat /etc/hosts')).toMatchObject({ exitCode: 0 })
      expect(second.trace.output).toMatch(/\tbusybox\n/)
    })

    test('a pool that a dead process used up is cleared for the next job', async () => {
      const toml = 'network_pools = ["10.98.0.0/28"]'
      const dead = await dockerStage(engine, { toml, owner: { ...stage.owner, pid: 2 ** 22 + 1 } })
      await dead.open(aJob('busybox:1.35', { id: 82, allowGitFetch: false })).prepare()
      expect(await engine.leftOf(82)).toHaveLength(3)
      const alive = await dockerStage(engine, { toml, owner: stage.owner })
      await using job = alive.open(aJob('busybox:1.35', { id: 83, allowGitFetch: false }), 1)
      await job.prepare()
      expect(job.trace.lines).not.toContain('No network could be made for this job')
      expect(await engine.leftOf(82)).toEqual([])
      const [name = ''] = (await engine.leftOf(83)).filter((left) => left.startsWith('network '))
      const format = '{{(index .IPAM.Config 0).Subnet}}'
      const subnet = await engine.docker(
        'network',
        'inspect',
        '--format',
        format,
        name.slice('network '.length),
      )
      expect(subnet.trim()).toBe('10.98.0.0/28')
    })

    test('a container that somebody removes is told', async () => {
      await using job = stage.open(aJob('busybox:1.35', { id: 90 }))
      await job.prepare()
      const run = job.run('echo begun; sleep 100')
      await until(() => job.trace.output.includes('begun'))
      const [container = ''] = (await engine.leftOf(90)).filter((left) => left.startsWith('container '))
      const told = expect(run).rejects.toMatchObject({ code: 'runner_system_failure' })
      await engine.docker('rm', '--force', container.slice('container '.length))
      await told
    })

    test('a container that somebody removes is made anew as often as the job wants', async () => {
      const variables = [aVariable('EXECUTOR_JOB_SECTION_ATTEMPTS', '2')]
      await using job = stage.open(aJob('busybox:1.35', { id: 93, variables }))
      const { projectDirectory } = await job.prepare()
      const mark = `${projectDirectory}/mark`
      const run = job.run(`if [ -e ${mark} ]; then echo again; else touch ${mark}; echo begun; sleep 100; fi`)
      await until(() => job.trace.output.includes('begun'))
      const [container = ''] = (await engine.leftOf(93)).filter((left) => left.startsWith('container '))
      await engine.docker('rm', '--force', container.slice('container '.length))
      expect(await run).toMatchObject({ exitCode: 0 })
      expect(job.trace.output).toBe('begun\nagain\n')
      expect(job.trace.lines).toMatch(
        /Container "\w{64}" not found or removed. Will retry...\nRetrying step_script\n/,
      )
    })
  })
})

async function until(isSo: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (isSo()) return
    await delay(50)
  }
  throw new Error('waited for 15 s in vain')
}
