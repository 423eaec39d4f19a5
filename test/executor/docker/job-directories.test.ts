import { describe, expect, test } from 'vitest'
import { jobDirectories } from '../../../src/executor/docker/job-directories.ts'
import { aJob } from '../../support/executor/a-job.ts'

const JOB = aJob('debian:12')
const CHOICE = {
  ...{ job: JOB, builds: '/builds', cache: '/cache', clonePath: undefined, shared: undefined },
  isCustomBuildDirEnabled: true,
  gitStrategy: 'fetch',
} as const

function withPath(projectPath: string | undefined, repoUrl = '') {
  return { ...JOB, info: { ...JOB.info, projectPath }, git: { ...JOB.git, repoUrl } }
}

describe('where a job works', () => {
  test('is named after the project', () => {
    expect(jobDirectories(CHOICE)).toEqual({
      builds: '/builds',
      project: '/builds/acme/shop',
      temporary: '/builds/acme/shop.tmp',
      cache: '/cache',
      projectCache: '/cache/acme/shop',
    })
  })

  test.each([
    [withPath(undefined, 'https://ci:secret@git.example.com/acme/web/shop.git'), '/builds/acme/web/shop'],
    [withPath(undefined, 'not a URL'), '/builds/project-7'],
    [withPath('../../etc'), '/builds/etc'],
    [withPath(''), '/builds/project-7'],
  ])('case %#', (job, project) => {
    expect(jobDirectories({ ...CHOICE, job }).project).toBe(project)
  })

  test('is apart for every runner and slot where the host keeps it', () => {
    const shared = { shortToken: 'a1b2c3', slot: 2 }
    expect(jobDirectories({ ...CHOICE, shared }).project).toBe('/builds/a1b2c3/2/acme/shop')
  })

  test('is another one for a job that starts from nothing', () => {
    expect(jobDirectories({ ...CHOICE, gitStrategy: 'empty' }).project).toBe('/builds/acme/shop-empty')
  })

  test('may be chosen within the builds directory', () => {
    expect(jobDirectories({ ...CHOICE, clonePath: '/builds/go/src' }).project).toBe('/builds/go/src')
    for (const clonePath of ['/srv/x', '/builds', '/builds/../etc', '/buildsx/y']) {
      expect(() => jobDirectories({ ...CHOICE, clonePath })).toThrow('has to be within "/builds"')
    }
  })

  test.each([undefined, ''])('is not chosen by a GIT_CLONE_PATH of %j', (clonePath) => {
    const choice = { ...CHOICE, isCustomBuildDirEnabled: false, clonePath }
    expect(jobDirectories(choice).project).toBe('/builds/acme/shop')
  })

  test('may not be chosen where the runner says so', () => {
    const choice = { ...CHOICE, isCustomBuildDirEnabled: false }
    expect(() => jobDirectories({ ...choice, clonePath: '/builds/go/src' })).toThrow(
      expect.objectContaining({
        code: 'runner_configuration_error',
        message: 'setting GIT_CLONE_PATH is not allowed, enable `custom_build_dir` feature',
      }),
    )
  })
})
