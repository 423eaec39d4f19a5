import { describe, expect, test } from 'vitest'
import { changedFlags, isFeatureOn } from '../../../src/executor/job/feature-flags.ts'
import { flagsWithoutEffect } from '../../../src/executor/job/fixed-flags.ts'
import { JobVariables } from '../../../src/executor/job/job-variables.ts'
import { variable } from './variable.ts'

const from = (written: Readonly<Record<string, string>>) =>
  new JobVariables(Object.entries(written).map(([key, value]) => variable(key, value)))
const flags = (set: Readonly<Record<string, boolean>>) => new Map(Object.entries(set))

describe('a switch', () => {
  const cases = [
    { says: 'nobody', runner: {}, job: {}, isOn: true },
    { says: 'the job', runner: {}, job: { FF_NETWORK_PER_BUILD: 'false' }, isOn: false },
    { says: 'the job, nothing', runner: {}, job: { FF_NETWORK_PER_BUILD: '' }, isOn: true },
    {
      says: 'the runner, over the job',
      runner: { FF_NETWORK_PER_BUILD: true },
      job: { FF_NETWORK_PER_BUILD: '0' },
      isOn: true,
    },
  ]
  test.each(cases)('said by $says', ({ runner, job, isOn }) => {
    expect(isFeatureOn('FF_NETWORK_PER_BUILD', flags(runner), from(job))).toBe(isOn)
  })
})

test('what is set otherwise than usual is named', () => {
  const runner = flags({ FF_SCRIPT_SECTIONS: true, FF_TIMESTAMPS: true })
  const job = from({ FF_TIMESTAMPS: 'false', FF_NETWORK_PER_BUILD: '0', FF_USE_FASTZIP: 'true' })
  expect(changedFlags(runner, job)).toEqual(['FF_SCRIPT_SECTIONS:true', 'FF_NETWORK_PER_BUILD:false'])
  expect(changedFlags(flags({}), from({}))).toEqual([])
})

describe('without effect', () => {
  const cases: {
    name: string
    runner?: Record<string, boolean>
    job?: Record<string, string>
    told: string[]
  }[] = [
    { name: 'nothing is set', told: [] },
    { name: 'one that has an effect', job: { FF_NETWORK_PER_BUILD: 'false', FF_TIMESTAMPS: '1' }, told: [] },
    { name: 'one that is so anyway', job: { FF_POSIXLY_CORRECT_ESCAPES: 'true' }, told: [] },
    {
      name: 'one that would be otherwise',
      job: { FF_POSIXLY_CORRECT_ESCAPES: 'False' },
      told: ['FF_POSIXLY_CORRECT_ESCAPES'],
    },
    {
      name: 'that of tokens, which are renewed',
      runner: { FF_DISABLE_AUTOMATIC_TOKEN_ROTATION: true },
      told: [],
    },
    { name: 'the old eval', job: { FF_USE_LEGACY_BASH_EVAL: '1' }, told: ['FF_USE_LEGACY_BASH_EVAL'] },
    {
      name: 'two, one by the runner',
      runner: { FF_USE_FASTZIP: true },
      job: { FF_ENABLE_JOB_CLEANUP: 'true' },
      told: ['FF_ENABLE_JOB_CLEANUP', 'FF_USE_FASTZIP'],
    },
    {
      name: 'the runner wins',
      runner: { FF_USE_FASTZIP: false },
      job: { FF_USE_FASTZIP: 'true' },
      told: [],
    },
    { name: "a job's own", job: { FF_NEW_CHECKOUT_PAGE: 'true' }, told: [] },
    { name: 'what is no yes or no', job: { FF_USE_FASTZIP: 'perhaps' }, told: [] },
  ]
  test.each(cases)('$name', ({ runner = {}, job = {}, told }) => {
    expect(flagsWithoutEffect(flags(runner), from(job))).toEqual(told)
  })
})
