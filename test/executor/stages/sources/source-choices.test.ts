import { describe, expect, test } from 'vitest'
import { JobVariables } from '../../../../src/executor/job/job-variables.ts'
import { readSourceChoices } from '../../../../src/executor/stages/sources/source-choices.ts'
import { aJob, aVariable } from '../../../support/executor/a-job.ts'

function choices(
  variables: Record<string, string>,
  { depth = 20, featureFlags = {} }: { depth?: number; featureFlags?: Record<string, boolean> } = {},
) {
  const job = aJob('')
  return readSourceChoices(
    { ...job, git: { ...job.git, depth } },
    new JobVariables(Object.entries(variables).map(([key, value]) => aVariable(key, value))),
    new Map(Object.entries(featureFlags)),
  )
}

describe('how a job wants its sources', () => {
  test('is as GitLab Runner has it when nothing is said', () => {
    expect(choices({})).toEqual({
      strategy: 'fetch',
      depth: 20,
      isCheckedOut: true,
      cleanFlags: ['-ffdx'],
      fetchFlags: ['--prune', '--quiet'],
      isCloned: false,
      cloneFlags: [],
      submodules: undefined,
      skipsLfs: false,
      attempts: 1,
      warnings: [],
    })
  })

  test.each([
    [{ GIT_STRATEGY: 'clone' }, { strategy: 'clone' }],
    [{ GIT_CHECKOUT: 'false' }, { isCheckedOut: false }],
    [
      { GIT_STRATEGY: 'none', GIT_SUBMODULE_STRATEGY: 'normal' },
      { isCheckedOut: false, submodules: undefined },
    ],
    [{ GIT_CLEAN_FLAGS: 'none' }, { cleanFlags: [] }],
    [{ GIT_CLEAN_FLAGS: ' -ffdx  -e cache/ ' }, { cleanFlags: ['-ffdx', '-e', 'cache/'] }],
    [{ GIT_FETCH_EXTRA_FLAGS: '--no-tags' }, { fetchFlags: ['--no-tags'] }],
    [{ GIT_LFS_SKIP_SMUDGE: '1' }, { skipsLfs: true }],
    [
      { GIT_STRATEGY: 'clone', FF_USE_GIT_NATIVE_CLONE: 'true' },
      { isCloned: true, cloneFlags: [] },
    ],
    [{ GIT_STRATEGY: 'fetch', FF_USE_GIT_NATIVE_CLONE: 'true' }, { isCloned: false }],
    [
      { GIT_STRATEGY: 'clone', FF_USE_GIT_NATIVE_CLONE: '1', GIT_CLONE_EXTRA_FLAGS: ' --no-tags  -v' },
      { isCloned: true, cloneFlags: ['--no-tags', '-v'] },
    ],
    [{ GIT_CLONE_EXTRA_FLAGS: 'none' }, { cloneFlags: [] }],
    [{ GIT_STRATEGY: 'none', GIT_CLONE_EXTRA_FLAGS: '--no-tags' }, { strategy: 'none' }],
    [{ GET_SOURCES_ATTEMPTS: '3' }, { attempts: 3 }],
    [{ GIT_DEPTH: '5' }, { depth: 20 }],
  ])('%o', (variables, wanted) => {
    expect(choices(variables)).toMatchObject({ ...wanted, warnings: [] })
  })

  test('has the depth of the variable where the server sends none', () => {
    expect(choices({ GIT_DEPTH: '5' }, { depth: 0 }).depth).toBe(5)
    expect(choices({}, { depth: 0 }).depth).toBe(0)
  })

  test('is cloned by git where the runner says so, or the job that it does not contradict', () => {
    const featureFlags = { FF_USE_GIT_NATIVE_CLONE: true }
    expect(choices({ GIT_STRATEGY: 'clone' }, { featureFlags }).isCloned).toBe(true)
    const wish = { GIT_STRATEGY: 'clone', FF_USE_GIT_NATIVE_CLONE: 'true' }
    expect(choices(wish, { featureFlags: { FF_USE_GIT_NATIVE_CLONE: false } }).isCloned).toBe(false)
  })

  test('reads what is said about submodules', () => {
    const said = {
      GIT_SUBMODULE_STRATEGY: 'recursive',
      GIT_SUBMODULE_DEPTH: '1',
      GIT_SUBMODULE_PATHS: 'a :(exclude)b',
      GIT_SUBMODULE_UPDATE_FLAGS: '--jobs 4',
      GIT_SUBMODULE_FORCE_HTTPS: 'true',
    }
    expect(choices(said).submodules).toEqual({
      isRecursive: true,
      depth: 1,
      paths: ['a', ':(exclude)b'],
      updateFlags: ['--jobs', '4'],
      isHttpForced: true,
    })
    expect(choices({ GIT_SUBMODULE_STRATEGY: 'normal' }).submodules).toMatchObject({ depth: 20 })
  })

  test.each([
    [{ GIT_STRATEGY: 'pull' }, 'GIT_STRATEGY', { strategy: 'fetch' }],
    [{ GIT_CHECKOUT: 'maybe' }, 'GIT_CHECKOUT', { isCheckedOut: true }],
    [{ GET_SOURCES_ATTEMPTS: '99' }, 'GET_SOURCES_ATTEMPTS', { attempts: 10 }],
    [{ GET_SOURCES_ATTEMPTS: '0' }, 'GET_SOURCES_ATTEMPTS', { attempts: 1 }],
    [{ GET_SOURCES_ATTEMPTS: 'two' }, 'GET_SOURCES_ATTEMPTS', { attempts: 1 }],
    [{ GIT_CLONE_EXTRA_FLAGS: '--no-tags' }, 'GIT_CLONE_EXTRA_FLAGS', { strategy: 'fetch' }],
    [
      { GIT_STRATEGY: 'clone', GIT_CLONE_EXTRA_FLAGS: '--no-tags' },
      'FF_USE_GIT_NATIVE_CLONE',
      { isCloned: false },
    ],
  ])('%o means nothing, and is told', (variables, name, wanted) => {
    const read = choices(variables)
    expect(read).toMatchObject(wanted)
    expect(read.warnings).toEqual([expect.stringContaining(name)])
  })

  test.each([
    { GIT_SUBMODULE_STRATEGY: 'deep' },
    { GIT_SUBMODULE_STRATEGY: 'normal', GIT_SUBMODULE_PATHS: ':(exclude) a' },
  ])('%o fails', (variables) => {
    expect(() => choices(variables)).toThrow(expect.objectContaining({ code: 'runner_configuration_error' }))
  })
})
