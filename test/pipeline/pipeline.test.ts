import { describe, expect, test } from 'vitest'
import { readCondition } from '../../src/pipeline/expression/condition.ts'
import { findPipelineFile } from '../../src/pipeline/load/find-pipeline-file.ts'
import { loadJob, loadText } from './load-text.ts'

const JOB = 'job: {script: x}\n'

describe('a pipeline', () => {
  test.each([
    {
      name: 'of no stages has the default ones',
      text: JOB,
      want: ['.pre', 'build', 'test', 'deploy', '.post'],
    },
    { name: 'has its own', text: `stages: [a, test]\n${JOB}`, want: ['.pre', 'a', 'test', '.post'] },
    {
      name: 'has .pre first and .post last, wherever they are listed',
      text: `stages: [.post, test, .pre, test]\n${JOB}`,
      want: ['.pre', 'test', '.post'],
    },
    {
      name: 'takes them from a reference too',
      text: `.more: {stages: [b, c]}\nstages: [test, !reference [.more, stages]]\n${JOB}`,
      want: ['.pre', 'test', 'b', 'c', '.post'],
    },
  ])('$name', async ({ text, want }) => {
    expect((await loadText(text)).stages).toEqual(want)
  })

  test('has variables, described or not', async () => {
    const { variables } = await loadText(
      `variables:\n  A: x\n  B: {value: y, description: d, options: [y, z]}\n  C: {value: $A, expand: false}\n${JOB}`,
    )
    expect(variables).toEqual([
      { key: 'A', value: 'x', isRaw: false, at: { file: '.gitlab-ci.yml', line: 2, column: 3 } },
      { key: 'B', value: 'y', isRaw: false, at: { file: '.gitlab-ci.yml', line: 3, column: 3 } },
      { key: 'C', value: '$A', isRaw: true, at: { file: '.gitlab-ci.yml', line: 4, column: 3 } },
    ])
  })

  test('has a workflow', async () => {
    const config = await loadText(`
workflow:
  name: $CI_COMMIT_BRANCH
  auto_cancel: {on_new_commit: interruptible}
  rules:
    - {if: $A, when: never}
    - {changes: [a], variables: {V: w}}
${JOB}`)
    expect(config.name).toBe('$CI_COMMIT_BRANCH')
    expect(config.workflowRules).toMatchObject([
      { if: readCondition('$A'), when: 'never', variables: [] },
      { if: undefined, changes: { paths: ['a'] }, when: 'always', variables: [{ key: 'V', value: 'w' }] },
    ])
    expect(config.notes.map(({ message }) => message)).toEqual(['workflow:auto_cancel has no effect here'])
  })

  test('leaves out hidden jobs, whatever is in them', async () => {
    const { jobs } = await loadText(`.a: [anything]\n.b: {scirpt: x}\n.c: text\n${JOB}`)
    expect(jobs.map(({ name }) => name)).toEqual(['job'])
  })

  test('may have jobs with names like keywords', async () => {
    const { jobs } = await loadText('stage: {script: x}\n123: {script: y}\non: {script: z}\n')
    expect(jobs.map(({ name }) => name)).toEqual(['stage', '123', 'true'])
  })

  test('with a header has what follows it', async () => {
    const config = await loadText(`spec: {inputs: {a: {default: b}}}\n---\n${JOB}`)
    expect(config.jobs.map(({ name }) => name)).toEqual(['job'])
    expect(config.notes).toEqual([])
  })
})

describe('defaults', () => {
  const DEFAULTS = 'default: {image: d, before_script: [d], tags: [d], cache: {paths: [d]}, retry: 1}\n'

  test('are taken whole, never merged', async () => {
    const job = await loadJob(`${DEFAULTS}job: {script: x, tags: [own], cache: {key: k}}\n`)
    expect(job).toMatchObject({
      image: { name: 'd' },
      beforeScript: ['d'],
      tags: ['own'],
      caches: [{ key: { text: 'k' }, paths: [] }],
      retry: { max: 1 },
    })
  })

  test.each([
    { lines: 'before_script: []', want: { image: { name: 'd' }, beforeScript: [] } },
    { lines: 'before_script: null', want: { beforeScript: ['d'] } },
    { lines: 'cache: {}', want: { caches: [] } },
    { lines: 'cache: []', want: { caches: [] } },
    { lines: 'inherit: {default: false}', want: { image: undefined, tags: [], retry: { max: 0 } } },
    { lines: 'inherit: {default: [image]}', want: { image: { name: 'd' }, beforeScript: [], tags: [] } },
  ])('$lines', async ({ lines, want }) => {
    expect(await loadJob(`${DEFAULTS}job: {script: x, ${lines}}\n`)).toMatchObject(want)
  })

  test('may stand at the top, as they used to', async () => {
    const top = 'image: t\nservices: [s]\ncache: {paths: [p]}\nbefore_script: b\nafter_script: a\n'
    expect(await loadJob(`${top}default: {tags: [d]}\n${JOB}`)).toMatchObject({
      image: { name: 't' },
      services: [{ name: 's' }],
      caches: [{ paths: ['p'] }],
      beforeScript: ['b'],
      afterScript: ['a'],
      tags: ['d'],
    })
  })

  test('of timeout have no effect, as at GitLab, and say so', async () => {
    const { jobs, notes } = await loadText(`default: {timeout: 1h}\n${JOB}`)
    expect(jobs[0]?.timeoutMs).toBeUndefined()
    expect(notes.map(({ message }) => message)).toEqual(['default:timeout has no effect here'])
  })
})

describe('the file of a project', () => {
  test.each([
    { paths: ['a', '.gitlab-ci.yml'], want: { path: '.gitlab-ci.yml', dialect: 'gitlab', others: [] } },
    { paths: ['.alloy-ci.json'], want: { path: '.alloy-ci.json', dialect: 'alloy', others: [] } },
    {
      paths: ['.alloy-ci.json', '.alloy-ci.yml', '.gitlab-ci.yml'],
      want: { path: '.gitlab-ci.yml', dialect: 'gitlab', others: ['.alloy-ci.yml', '.alloy-ci.json'] },
    },
    { paths: ['sub/.gitlab-ci.yml'], want: undefined },
  ])('$paths', ({ paths, want }) => {
    expect(findPipelineFile(paths)).toEqual(want)
  })
})
