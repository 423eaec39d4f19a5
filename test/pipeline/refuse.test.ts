import { describe, expect, test } from 'vitest'
import { loadText, mistakesOf } from './load-text.ts'

/** What is wrong with a job that has a script and these lines, without the file's name. */
async function jobMistakes(lines: string): Promise<readonly string[]> {
  const found = await mistakesOf(`job:\n  script: x\n${lines.replaceAll(/^/gm, '  ')}\n`)
  return found.map((line) => line.replace('.gitlab-ci.yml:', ''))
}

describe('a pipeline is refused for', () => {
  test.each([
    { lines: 'scirpt: y', want: '3:3: job: scirpt is no keyword (did you mean script?)' },
    { lines: 'frobnicate: y', want: '3:3: job: frobnicate is no keyword' },
    { lines: 'image: {nmae: a, name: b}', want: '3:11: job: image:nmae is no keyword (did you mean name?)' },
    { lines: 'image: [a]', want: '3:10: job: image takes text, and this is a list' },
    {
      lines: 'image: 3.20',
      want: '3:10: job: image takes text, and this is the number 3.2: put it in quotes',
    },
    { lines: 'image: {entrypoint: [a]}', want: '3:10: job: image has no name: the image that is meant' },
    {
      lines: 'image: {name: a, pull_policy: often}',
      want: '3:33: job: image:pull_policy takes always, if-not-present, never; often is none of them',
    },
    { lines: 'services: redis', want: '3:13: job: services takes a list, and this is text' },
    {
      lines: 'stage: tset',
      want: '3:10: job: stage takes .pre, build, test, deploy, .post; tset is none of them (did you mean test?)',
    },
    {
      lines: 'when: never',
      want: '3:9: job: when takes on_success, on_failure, always, manual, delayed; never is none of them',
    },
    { lines: 'when: delayed', want: '3:9: job: when delayed needs start_in' },
    { lines: 'start_in: 1 hour', want: '3:13: job: start_in needs when: delayed' },
    { lines: 'when: delayed\nstart_in: 8 days', want: '4:13: job: start_in takes one week at most' },
    { lines: 'timeout: soon', want: '3:12: job: timeout takes a duration like "1h 30m"; soon is none' },
    {
      lines: 'timeout: 3600',
      want: '3:12: job: timeout takes text, and this is the number 3600: put it in quotes',
    },
    {
      lines: 'retry: {when: script_failures}',
      want: expect.stringContaining('script_failures is none of them (did you mean script_failure?)'),
    },
    {
      lines: 'retry: 3',
      want: '3:10: job: retry takes a whole number from 0 to 2, and this is the number 3',
    },
    {
      lines: 'parallel: 201',
      want: '3:13: job: parallel takes a whole number from 1 to 200, and this is the number 201',
    },
    { lines: 'parallel: {matrix: []}', want: '3:22: job: parallel:matrix is empty' },
    {
      lines: `parallel: {matrix: [{A: [${'1, '.repeat(15)}], B: [${'1, '.repeat(15)}]}]}`,
      want: '3:22: job: parallel:matrix makes 225 jobs of one, and GitLab takes 200 at most',
    },
    {
      lines: `needs: [${'a, '.repeat(51)}]`,
      want: '3:10: job: needs names 51 jobs, and GitLab takes 50 at most',
    },
    { lines: 'needs: [{optional: true}]', want: '3:11: job: needs has no job: the name of what is needed' },
    { lines: 'tags: docker', want: '3:9: job: tags takes a list, and this is text' },
    { lines: 'allow_failure: maybe', want: '3:18: job: allow_failure takes true or false, and this is text' },
    { lines: 'cache: [{}, {}, {}, {}, {}]', want: '3:10: job: cache has 5 caches, and GitLab takes 4' },
    { lines: 'cache: {key: a/b}', want: '3:16: job: cache:key must not have a / in it' },
    { lines: 'cache: {key: {files: [a, b, c]}}', want: '3:16: job: cache:key takes 2 files at most' },
    {
      lines: 'cache: {policy: upload}',
      want: '3:19: job: cache:policy takes pull, push, pull-push; upload is none of them',
    },
    {
      lines: 'coverage: Total',
      want: expect.stringContaining('3:13: job: coverage cannot be read: Total is no pattern'),
    },
    { lines: 'only: main', want: '3:9: job: only takes a list of branches and tags, or a map' },
    { lines: 'only: [/(/]', want: expect.stringContaining('3:10: job: only cannot be read: ') },
    { lines: 'rules: []\nonly: [main]', want: '4:9: job: only cannot stand beside rules' },
    { lines: 'rules: [{when: delayed}]', want: '3:11: job: rules with when: delayed need start_in' },
    { lines: 'rules: [{iff: $A}]', want: '3:12: job: rules:iff is no keyword (did you mean if?)' },
    {
      lines: 'rules: [{if: "$A = 1"}]',
      want: expect.stringContaining('3:16: job: rules:if cannot be read: invalid expression syntax'),
    },
    {
      lines: 'rules: [{if: "${A}"}]',
      want: expect.stringContaining('3:16: job: rules:if cannot be read: invalid expression syntax'),
    },
    {
      lines: 'artifacts: {reports: {junti: a}}',
      want: '3:25: job: artifacts:reports:junti is no keyword (did you mean junit?)',
    },
    { lines: 'environment: {url: a}', want: '3:16: job: environment has no name' },
    { lines: 'variables: {A: [1]}', want: '3:18: job: variables:A takes text or a number' },
    {
      lines: 'variables: {A: {value: x, description: y}}',
      want: '3:29: job: variables:A:description is no keyword',
    },
    {
      lines: 'inherit: {default: [imgae]}',
      want: expect.stringContaining('3:23: job: inherit:default takes '),
    },
    {
      lines: 'inherit: {variables: all}',
      want: '3:24: job: inherit:variables takes true, false, or a list of names',
    },
  ])('$lines', async ({ lines, want }) => {
    expect(await jobMistakes(lines)).toEqual([want])
  })

  test('a line of a script that YAML reads as a map', async () => {
    expect(await mistakesOf(`job:\n  script:\n    - 'echo "status: ok"'\n    - echo status: ok\n`)).toEqual([
      '.gitlab-ci.yml:4:7: job: script has a line that YAML reads as a map, because of the ": " in it: put the line in quotes',
    ])
  })

  test.each([
    {
      name: 'no jobs',
      text: 'stages: [a]\n',
      want: ['.gitlab-ci.yml:1:1: there is no job: every one of them is hidden, or missing'],
    },
    {
      name: 'an empty file',
      text: '',
      want: ['.gitlab-ci.yml:1:1: there is no job: every one of them is hidden, or missing'],
    },
    {
      name: 'a job without a script',
      text: 'job: {image: a}\n',
      want: ['.gitlab-ci.yml:1:1: job: there is no script'],
    },
    {
      name: 'a keyword that is not quite one',
      text: 'stage: [a]\njob: {script: x}\n',
      want: [
        '.gitlab-ci.yml:1:1: stage is no keyword, and no job: a job has a script (did you mean stages?)',
      ],
    },
    {
      name: 'a map under a keyword that is not quite one',
      text: 'defualt: {image: a}\njob: {script: x}\n',
      want: [
        '.gitlab-ci.yml:1:1: defualt is no keyword, and no job: a job has a script (did you mean default?)',
      ],
    },
    {
      name: 'a keyword that default does not take',
      text: 'default: {script: a}\njob: {script: x}\n',
      want: ['.gitlab-ci.yml:1:11: default:script is no keyword'],
    },
    {
      name: 'a default that is there twice',
      text: 'default: {image: a}\nimage: b\njob: {script: x}\n',
      want: ['.gitlab-ci.yml:2:1: image stands at the top and in default: one of them is too many'],
    },
    {
      name: 'no stage for a job without one',
      text: 'stages: [build]\njob: {script: x}\n',
      want: ['.gitlab-ci.yml:2:1: job: a job without a stage is of test, and there is no such stage'],
    },
    {
      name: 'rules of a workflow that are not of one',
      text: 'workflow: {rules: [{when: manual}]}\njob: {script: x}\n',
      want: ['.gitlab-ci.yml:1:27: workflow:rules:when takes always, never; manual is none of them'],
    },
  ])('$name', async ({ text, want }) => {
    expect(await mistakesOf(text)).toEqual(want)
  })

  test('a mistake that many jobs share is told once', async () => {
    const jobs = ['a', 'b', 'c'].map((name) => `${name}: {extends: .base}\n`).join('')
    expect(await mistakesOf(`.base: {script: x, retry: 9}\n${jobs}`)).toHaveLength(1)
    expect(await mistakesOf('default: {retry: 9}\na: {script: x}\nb: {script: x}\n')).toEqual([
      '.gitlab-ci.yml:1:18: retry takes a whole number from 0 to 2, and this is the number 9',
    ])
  })

  test('everything at once, in the order of the file', async () => {
    const text = 'a:\n  script: x\n  when: maybe\n  imgae: y\nb: {image: z}\nstages: [test, 3]\n'
    await expect(loadText(text)).rejects.toMatchObject({ name: 'PipelineError', code: 'PIPELINE_INVALID' })
    expect(await mistakesOf(text)).toEqual([
      expect.stringMatching(/^\.gitlab-ci\.yml:3:9: a: when takes /),
      '.gitlab-ci.yml:4:3: a: imgae is no keyword (did you mean image?)',
      '.gitlab-ci.yml:5:1: b: there is no script',
      '.gitlab-ci.yml:6:16: stages takes text, and this is the number 3: put it in quotes',
    ])
  })
})
