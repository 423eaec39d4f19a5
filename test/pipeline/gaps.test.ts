import { describe, expect, test } from 'vitest'
import { loadText, mistakesOf } from './load-text.ts'

const OUTSIDE = 'include: [{template: Jobs/Scan.gitlab-ci.yml}]\n'
const NOT_READ = 'include:template is not read: only files of this project and of include:remote are'

describe('with an include that is not read', () => {
  test.each([
    {
      name: 'a job that extends what is nowhere',
      text: 'job: {extends: .scan, script: x}\n',
      why: '.scan is in an include that is not read',
    },
    {
      name: 'a job whose parent extends what is nowhere',
      text: '.base: {extends: .scan}\njob: {extends: .base, script: x}\n',
      why: '.scan is in an include that is not read',
    },
    {
      name: 'a job without a script',
      text: 'job: {variables: {A: x}}\n',
      why: 'its script is in an include that is not read',
    },
    {
      name: 'a job that refers to what is nowhere',
      text: 'job: {script: [!reference [.scan, script]]}\n',
      why: '.scan is in an include that is not read',
    },
    {
      name: 'a job that refers to one that refers to what is nowhere',
      text: '.a: {script: [!reference [.scan, script]]}\njob: {script: [!reference [.a, script]]}\n',
      why: '.scan is in an include that is not read',
    },
    {
      name: 'a job that refers to what its target would have inherited',
      text: '.a: {extends: .scan}\njob: {script: [!reference [.a, script]]}\n',
      why: '.scan is in an include that is not read',
    },
    {
      name: 'a job of a stage that is not there',
      text: 'stages: [build]\njob: {variables: {A: x}}\n',
      why: 'its script is in an include that is not read',
    },
  ])('$name is not run, and says why', async ({ text, why }) => {
    const { jobs, notes, stages } = await loadText(`${OUTSIDE}${text}`)
    expect(jobs).toMatchObject([{ name: 'job', notRun: why }])
    expect(stages).toContain(jobs[0]?.stage)
    expect(notes.map(({ message }) => message)).toEqual([NOT_READ, `job is not run: ${why}`])
    expect(await mistakesOf(text)).not.toEqual([])
  })

  test('every other job is run', async () => {
    const { jobs } = await loadText(
      `${OUTSIDE}scan: {extends: .scan}\n.base: {script: x}\njob: {extends: .base}\nlast: {script: [!reference [.base, script]]}\n`,
    )
    expect(jobs.map(({ name, notRun }) => [name, notRun === undefined])).toEqual([
      ['scan', false],
      ['job', true],
      ['last', true],
    ])
  })

  test('there may be no job at all', async () => {
    expect((await loadText(OUTSIDE)).jobs).toEqual([])
  })

  test('what is wrong stays wrong', async () => {
    expect(await mistakesOf(`${OUTSIDE}job: {script: x, imgae: y}\n`)).toEqual([
      '.gitlab-ci.yml:2:18: job: imgae is no keyword (did you mean image?)',
    ])
    expect(await mistakesOf(`${OUTSIDE}.a: {script: x}\njob: {script: !reference [.a, scirpt]}\n`)).toEqual([
      expect.stringContaining('there is no scirpt under [.a] (did you mean script?)'),
    ])
  })
})
