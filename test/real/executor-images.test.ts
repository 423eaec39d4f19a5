import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ImageStage, startImageStage } from '../support/executor/image-stage.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { builtImage, IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'

const FOUND = 'Using locally found image version due to "if-not-present" pull policy'

describeWith(
  [...ENGINE, 'docker-registry', 'openssl', ...IMAGES],
  'images of jobs on a Docker Engine',
  () => {
    let stage: ImageStage

    beforeAll(async () => {
      stage = await startImageStage()
    }, IMAGE_BUILD_TIMEOUT_MS)

    afterAll(async () => {
      await stage?.[Symbol.asyncDispose]()
    })

    beforeEach(() => stage.engine.removeAllImages())

    describe('come through the proxy', () => {
      test('without a change to their names, the second time without a request upstream', async () => {
        const { digest } = (await builtImage('busybox')).root
        const first = await stage.job({})
        const { imageId } = await first.pull('busybox:1.35')
        const line = `Using docker image ${imageId} for busybox:1.35 with digest busybox@${digest}`
        expect(first.lines.at(-1)).toMatch(/ \(cache miss, \d+ upstream requests\)$/)
        expect(first.lines.at(-1)).toContain(line)
        expect(await stage.names()).toEqual([
          'entrepot.invalid/docker.io/library/busybox:1.35',
          `entrepot.invalid/docker.io/library/busybox:${digest.replace(':', '-')}`,
        ])
        await stage.engine.removeAllImages()
        const again = await stage.job({})
        await again.pull('busybox:1.35')
        expect(again.lines).toEqual([
          'Using effective pull policy of [always] for container busybox:1.35',
          'Pulling docker image busybox:1.35 ...',
          `${line} (cache hit, 0 upstream requests)`,
        ])
      })

      test('and are there for jobs that say if-not-present or never', async () => {
        const { imageId } = await (await stage.job({})).pull('busybox:1.35')
        const careful = await stage.job({ pullPolicies: ['if-not-present'] })
        expect((await careful.pull('busybox:1.35')).imageId).toBe(imageId)
        expect(careful.lines).toContain(FOUND)
        const frugal = await stage.job({ pullPolicies: ['never'] })
        expect((await frugal.pull('busybox:1.35')).imageId).toBe(imageId)
        await expect(frugal.pull('toolbox:1.0')).rejects.toMatchObject({
          code: 'runner_configuration_error',
          message:
            'failed to pull image "toolbox:1.0" with specified policies [never]: No such image: toolbox:1.0',
        })
      })

      test('by digest, for another platform, and for the own one again', async () => {
        const { digest } = (await builtImage('busybox')).root
        const { imageId } = await (await stage.job({})).pull(`busybox@${digest}`)
        const arm = await (await stage.job({})).pull('busybox:1.35', 'linux/arm64')
        expect(arm.imageId).not.toBe(imageId)
        const careful = await stage.job({ pullPolicies: ['if-not-present'] })
        expect((await careful.pull('busybox:1.35')).imageId).toBe(imageId)
        expect((await careful.pull(imageId)).imageId).toBe(imageId)
      })

      test('with the login of a job, and are used by jobs only that have one', async () => {
        const job = await stage.job({ login: 'alice' })
        const { imageId } = await job.pull(stage.secludedImage)
        expect(job.lines).toContain('Authenticating with credentials from $DOCKER_AUTH_CONFIG')
        expect(job.lines.at(-1)).toMatch(/ \(cache miss, \d+ upstream requests?\)$/)

        const stranger = await stage.job({ pullPolicies: ['if-not-present'] })
        await expect(stranger.pull(stage.secludedImage)).rejects.toMatchObject({ name: 'JobFailure' })
        const friend = await stage.job({ login: 'alice', pullPolicies: ['if-not-present'] })
        expect((await friend.pull(stage.secludedImage)).imageId).toBe(imageId)
        expect(friend.lines).toContain(FOUND)
      })

      test('all of a job together; one that fails ends the others', async () => {
        const job = await stage.job({})
        const signal = AbortSignal.timeout(60_000)
        const requests = [
          job.request('build', 'busybox:1.35'),
          job.request('service-0', 'toolbox:1.0'),
          job.request('service-1', 'busybox:1.35'),
        ]
        const images = await job.images.prepare(requests, signal)
        expect(images.get('service-1')?.imageId).toBe(images.get('build')?.imageId)
        expect(images.get('service-0')?.imageId).not.toBe(images.get('build')?.imageId)
        const missing = [job.request('build', 'busybox'), job.request('service-0', 'busybox:0.0')]
        await expect(job.images.prepare(missing, signal)).rejects.toMatchObject({
          code: 'runner_configuration_error',
          message: expect.stringContaining('failed to pull image "busybox:0.0"'),
        })
      })

      test('for many jobs at once, and leave no name of the proxy', async () => {
        const jobs = await Promise.all(Array.from({ length: 10 }, () => stage.job({})))
        const images = await Promise.all(jobs.map((job) => job.pull('busybox:1.35')))
        expect(new Set(images.map(({ imageId }) => imageId)).size).toBe(1)
        expect((await stage.names()).filter((name) => !name.startsWith('entrepot.invalid/'))).toEqual([])
      })
    })

    describe('come from a mirror', () => {
      const image = 'registry.invalid/team/notes:v3'

      test('with the login for it, under names of ours, and are used by jobs only that have one', async () => {
        const mirrors = { 'registry.invalid': stage.secludedRegistry }
        const job = await stage.job({ login: 'alice', mirrors })
        const { imageId } = await job.pull(image)
        expect(job.lines).toContain(`Pulling docker image ${image}, as ${stage.secludedImage} ...`)
        const { digest } = (await builtImage('notes')).root
        expect(await stage.names()).toEqual([
          `entrepot.invalid/registry.invalid/team/notes:${digest.replace(':', '-')}`,
          'entrepot.invalid/registry.invalid/team/notes:v3',
        ])
        const friend = await stage.job({ login: 'alice', mirrors, pullPolicies: ['if-not-present'] })
        expect((await friend.pull(image)).imageId).toBe(imageId)
        expect(friend.lines).toContain(FOUND)
        await stage.withoutSecludedRegistry(async () => {
          const later = await stage.job({ login: 'alice', mirrors, pullPolicies: ['if-not-present'] })
          expect((await later.pull(image)).imageId).toBe(imageId)
          const stranger = await stage.job({ mirrors, pullPolicies: ['if-not-present'] })
          await expect(stranger.pull(image)).rejects.toMatchObject({ name: 'JobFailure' })
        })
      })

      test('and from their registry when it has trouble', async () => {
        const broken = await stage.brokenRegistry(503)
        const job = await stage.job({
          ...{ login: 'alice', isDirect: true },
          mirrors: { [stage.secludedRegistry]: `${broken}/hub` },
        })
        await job.pull(stage.secludedImage)
        expect(job.trace.lines).toContain(`WARNING: The mirror did not give ${broken}/hub/team/notes:v3: `)
        expect(await stage.names()).toEqual([stage.secludedImage])
      })
    })

    describe('come directly', () => {
      test.each(['alice', 'helper'] as const)(
        'with a login of the job (%s), under their own name',
        async (login) => {
          const job = await stage.job({ login, isDirect: true })
          await job.pull(stage.secludedImage)
          expect(job.lines.at(-1)).toMatch(/ with digest \S+\/team\/notes@sha256:\w{64} \.\.\.$/)
          expect(await stage.names()).toEqual([stage.secludedImage])
        },
      )

      test.each([
        { what: 'without a login', login: undefined, path: 'team/notes:v3', want: /pull access denied/ },
        { what: 'with a wrong one', login: 'mallory', path: 'team/notes:v3', want: /unauthorized/ },
        { what: 'without such a tag', login: 'alice', path: 'team/notes:v99', want: /manifest unknown/ },
        {
          what: 'without such a digest',
          login: 'alice',
          path: `team/notes@sha256:${'a'.repeat(64)}`,
          want: /manifest unknown/,
        },
        { what: 'with a key for another port', login: 'no-port', path: 'team/notes:v3', want: /has no port/ },
      ] as const)('not $what', async ({ login, path, want }) => {
        const job = await stage.job({ login, isDirect: true })
        const pull = job.pull(`${stage.secludedRegistry}/${path}`)
        await expect(pull).rejects.toMatchObject({
          code: 'runner_configuration_error',
          message: expect.stringMatching(want),
        })
        expect(job.trace.lines).toContain('WARNING: Failed to pull image with policy "always": ')
      })

      test('not when what a registry sends is not the digest that was asked for', async () => {
        const job = await stage.job({ isDirect: true })
        const image = `${await stage.lyingRegistry()}/team/notes@sha256:${'a'.repeat(64)}`
        await expect(job.pull(image)).rejects.toMatchObject({
          code: 'image_pull_failure',
          message: expect.stringContaining('verification failed for digest sha256:aaaa'),
        })
        expect(await stage.names()).toEqual([])
      })

      test('not for a platform that is not there, which stands inside of the reply', async () => {
        const job = await stage.job({ login: 'alice', isDirect: true })
        await expect(job.pull(stage.secludedImage, 'linux/s390x')).rejects.toMatchObject({
          code: 'runner_configuration_error',
          message: expect.stringContaining('no matching manifest for linux/s390x'),
        })
      })

      test.each([429, 503])('not while a registry answers %i, which is tried three times', async (status) => {
        const job = await stage.job({ isDirect: true })
        await expect(job.pull(`${await stage.brokenRegistry(status)}/team/notes:v3`)).rejects.toMatchObject({
          code: 'image_pull_failure',
        })
        expect(job.lines.filter((line) => line.includes('retrying: '))).toHaveLength(2)
      })
    })

    describe('that are present', () => {
      test('and were pulled are asked for; in an outage what was proved before stands', async () => {
        const careful = { isDirect: true, pullPolicies: ['if-not-present'] } as const
        const { imageId } = await (await stage.job({ ...careful, login: 'alice' })).pull(stage.secludedImage)
        const stranger = await stage.job(careful)
        await expect(stranger.pull(stage.secludedImage)).rejects.toThrow(/pull access denied/)
        await stage.withoutSecludedRegistry(async () => {
          const again = await stage.job({ ...careful, login: 'alice' })
          expect((await again.pull(stage.secludedImage)).imageId).toBe(imageId)
          expect(again.lines).toContain(FOUND)
          const unproved = await stage.job({ ...careful, login: 'mallory' })
          await expect(unproved.pull(stage.secludedImage)).rejects.toMatchObject({
            code: 'runner_external_dependency_failure',
          })
        })
      })

      test('and are to be never pulled, are not asked for anywhere', async () => {
        const { imageId } = await (await stage.job({ login: 'alice', isDirect: true })).pull(
          stage.secludedImage,
        )
        const frugal = await stage.job({ isDirect: true, pullPolicies: ['never'] })
        const asked = await stage.askedDuring(async () => {
          expect((await frugal.pull(stage.secludedImage)).imageId).toBe(imageId)
          const missing = `${stage.secludedRegistry}/team/notes:v99`
          await expect(frugal.pull(missing)).rejects.toThrow(`No such image: ${missing}`)
        })
        expect(asked).toBe(0)
      })

      test('and were built here are for everybody', async () => {
        const { imageId } = await (await stage.job({})).pull('busybox:1.35')
        const container = await stage.engine.docker('create', imageId, 'true')
        await stage.engine.docker('commit', container.trim(), 'built.example/own:1')
        await stage.engine.docker('rm', container.trim())
        const job = await stage.job({ pullPolicies: ['if-not-present'] })
        await job.pull('built.example/own:1')
        expect(job.lines).toContain(FOUND)
      })

      test('are what is left when the policy before fails', async () => {
        await (await stage.job({ login: 'alice', isDirect: true })).pull(stage.secludedImage)
        await stage.withoutSecludedRegistry(async () => {
          const pullPolicies = ['always', 'if-not-present'] as const
          const job = await stage.job({ isDirect: true, login: 'alice', pullPolicies })
          await job.pull(stage.secludedImage)
          expect(job.lines).toContain('Attempt #2: Trying "if-not-present" pull policy')
          expect(job.lines).toContain(FOUND)
        })
      })
    })
  },
)
