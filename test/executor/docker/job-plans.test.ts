import { describe, expect, test } from 'vitest'
import { chooseBuildImage } from '../../../src/executor/docker/build-image.ts'
import { cacheVolumeName, containerName, jobNames } from '../../../src/executor/docker/names.ts'
import { planServices } from '../../../src/executor/docker/service-plan.ts'
import { JobVariables } from '../../../src/executor/job/job-variables.ts'
import { aJob, anImage, aService, aVariable } from '../../support/executor/a-job.ts'

const VARIABLES = new JobVariables([
  aVariable('VERSION', '12'),
  aVariable('SECRET', 'hush', { isPublic: false }),
])
const MISCONFIGURED = expect.objectContaining({ code: 'runner_configuration_error' })

describe('the image of a job', () => {
  const settings = {
    image: 'busybox:$VERSION',
    user: undefined,
    allowedUsers: [],
    disableEntrypointOverwrite: false,
  }

  test('is the one it names, expanded', () => {
    const job = aJob('debian:$VERSION')
    expect(chooseBuildImage(job, settings, VARIABLES)).toMatchObject({ name: 'debian:12', isDefault: false })
  })

  test('is that of the settings when it names none', () => {
    for (const image of [undefined, anImage('')]) {
      const chosen = chooseBuildImage({ ...aJob(''), image }, settings, VARIABLES)
      expect(chosen).toMatchObject({ name: 'busybox:12', isDefault: true, request: { isConfigured: true } })
    }
    const none = { ...settings, image: undefined }
    expect(() => chooseBuildImage(aJob(''), none, VARIABLES)).toThrow('no Docker image specified')
  })

  test.each([
    [undefined, [], undefined, undefined],
    [undefined, [], 'node', 'node'],
    ['root', [], 'root', 'root'],
    ['root', [], undefined, 'root'],
    [undefined, ['node', 'ci'], 'ci', 'ci'],
  ])('runs as configured %s, allowed %s, asked %s: %s', (user, allowedUsers, asked, wanted) => {
    const job = aJob('', { image: anImage('debian:12', { user: asked }) })
    expect(chooseBuildImage(job, { ...settings, user, allowedUsers }, VARIABLES).user).toBe(wanted)
  })

  test('does not run as a user who is not allowed', () => {
    const job = aJob('', { image: anImage('debian:12', { user: 'root' }) })
    const strict = { ...settings, allowedUsers: ['ci'] }
    expect(() => chooseBuildImage(job, strict, VARIABLES)).toThrow(MISCONFIGURED)
  })

  test('keeps its entrypoint where others are not allowed', () => {
    const job = aJob('', { image: anImage('debian:12', { entrypoint: [''] }) })
    expect(chooseBuildImage(job, settings, VARIABLES).entrypoint).toEqual([''])
    const strict = chooseBuildImage(job, { ...settings, disableEntrypointOverwrite: true }, VARIABLES)
    expect(strict).toMatchObject({ entrypoint: undefined, warnings: ['Entrypoint override disabled'] })
  })
})

describe('the services of a job', () => {
  const settings = { services: [], servicesLimit: undefined, disableEntrypointOverwrite: false }

  test('are those of the settings, then its own', () => {
    const job = aJob('debian:12', { services: [aService('postgres:$VERSION')] })
    const plan = planServices(job, { ...settings, services: [aService('redis:7')] }, VARIABLES)
    expect(plan.services.map(({ image, isConfigured, index }) => [image, isConfigured, index])).toEqual([
      ['redis:7', true, 0],
      ['postgres:12', false, 1],
    ])
  })

  test('are told public variables and their own, which may name any', () => {
    const own = [aVariable('PASSWORD', '$SECRET')]
    const job = aJob('debian:12', { services: [aService('postgres', { variables: own })] })
    const [service] = planServices(job, settings, VARIABLES).services
    expect(service?.environment).toEqual(['VERSION=12', 'PASSWORD=hush'])
  })

  test('of one image all have a name', () => {
    const job = aJob('debian:12', {
      services: [aService('redis:7'), aService('redis:6', { alias: 'old' }), aService('redis')],
    })
    const { services, warnings } = planServices(job, settings, VARIABLES)
    expect(services.map(({ aliases }) => aliases)).toEqual([['redis'], ['old'], ['redis-2']])
    expect(warnings).toHaveLength(2)
  })

  test('are refused when they are too many, or have no name', () => {
    const job = aJob('debian:12', { services: [aService('redis'), aService('postgres')] })
    const few = { ...settings, servicesLimit: 1 }
    expect(() => planServices(job, few, VARIABLES)).toThrow('too many services requested: 2, only 1 allowed')
    const nameless = aJob('debian:12', { services: [aService('$NOTHING')] })
    expect(() => planServices(nameless, settings, VARIABLES)).toThrow(MISCONFIGURED)
  })
})

describe('names', () => {
  const runner = { shortToken: 'A1b2_c3', systemId: 's_1' }
  test('are host names', () => {
    const names = jobNames(runner, { projectId: 7, jobId: 42, slot: 1 }, 'ffff')
    expect(names.unique).toBe('runner-a1b2c3-project-7-concurrent-1')
    expect(names.network).toBe('runner-a1b2c3-7-1-42-ffff')
    expect(containerName(names, 'acme/postgres-0')).toBe(
      'runner-a1b2c3-project-7-concurrent-1-ffff-acme__postgres-0',
    )
  })

  test('of long tokens are cut', () => {
    const names = jobNames(
      { ...runner, shortToken: 'x'.repeat(90) },
      { projectId: 7, jobId: 42, slot: 1 },
      'f',
    )
    expect(names.unique).toHaveLength(63)
  })

  test('of volumes say whether the branch is protected', () => {
    const key = { ...runner, projectId: 7, slot: 0 }
    expect(cacheVolumeName(key, '/cache', true)).toBe(`${cacheVolumeName(key, '/cache', false)}-protected`)
  })
})
