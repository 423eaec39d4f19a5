import { describe, expect, test } from 'vitest'
import { loadTexts, mistakesOf } from './load-text.ts'

const JOB = 'job: {script: main}\n'

describe('include', () => {
  test.each([
    { name: 'a path', include: 'ci/a.yml' },
    { name: 'a path from the root', include: '/ci/a.yml' },
    { name: 'a list', include: '[ci/a.yml]' },
    { name: 'a map', include: '{local: ci/a.yml}' },
    { name: 'a list of maps', include: '[{local: ci/a.yml}]' },
    { name: 'a path with a variable', include: '$DIR/a.yml' },
    { name: 'a rule that takes it in', include: '{local: ci/a.yml, rules: [{if: $X}]}' },
  ])('$name', async ({ include }) => {
    const config = await loadTexts({
      '.gitlab-ci.yml': `include: ${include}\n${JOB}`,
      'ci/a.yml': 'a: {script: included}\n',
    })
    expect(config.jobs.map(({ name }) => name)).toEqual(['a', 'job'])
    expect(config.files).toEqual(['.gitlab-ci.yml', 'ci/a.yml'])
    expect(config.jobs[0]?.at).toEqual({ file: 'ci/a.yml', line: 1, column: 1 })
  })

  test('a rule that keeps it out', async () => {
    const config = await loadTexts({
      '.gitlab-ci.yml': `include: {local: ci/a.yml, rules: [{when: never}]}\n${JOB}`,
      'ci/a.yml': 'a: {script: included}\n',
    })
    expect(config.jobs.map(({ name }) => name)).toEqual(['job'])
  })

  test('the later file wins over the earlier, the including over both, and lists are replaced', async () => {
    const config = await loadTexts({
      '.gitlab-ci.yml': 'include: [a.yml, b.yml]\njob: {variables: {C: main}}\n',
      'a.yml': 'job: {script: [a1, a2], variables: {A: a, B: a, C: a}}\n',
      'b.yml': 'job: {script: [b1], variables: {B: b, C: b}}\n',
    })
    const [job] = config.jobs
    expect(job?.script).toEqual(['b1'])
    expect(job?.variables.map(({ key, value }) => `${key}=${value}`)).toEqual(['A=a', 'B=b', 'C=main'])
  })

  test('a file that is included includes in turn, from the root of the project', async () => {
    const config = await loadTexts({
      '.gitlab-ci.yml': `include: ci/a.yml\n${JOB}`,
      'ci/a.yml': 'include: ci/b.yml\na: {script: a}\n',
      'ci/b.yml': 'b: {script: b}\na: {script: overridden}\n',
    })
    expect(config.jobs.map(({ name, script }) => [name, ...script])).toEqual([
      ['b', 'b'],
      ['a', 'a'],
      ['job', 'main'],
    ])
  })

  test.each([
    { pattern: 'ci/*.yml', want: ['ci/[x].yml', 'ci/a.yml', 'ci/b.yml', 'ci/w?.yml', 'ci/wx.yml'] },
    {
      pattern: 'ci/**.yml',
      want: ['ci/[x].yml', 'ci/a.yml', 'ci/b.yml', 'ci/deep/c.yml', 'ci/w?.yml', 'ci/wx.yml'],
    },
    { pattern: 'ci/**/*.yml', want: ['ci/deep/c.yml'] },
    { pattern: 'ci/[x]*.yml', want: ['ci/[x].yml'] },
    { pattern: 'ci/w?*.yml', want: ['ci/w?.yml'] },
  ])('$pattern', async ({ pattern, want }) => {
    const files = [
      'ci/b.yml',
      'ci/a.yml',
      'ci/deep/c.yml',
      'ci/[x].yml',
      'other/a.yml',
      'ci/a.yaml',
      'ci/w?.yml',
      'ci/wx.yml',
    ]
    const config = await loadTexts({
      '.gitlab-ci.yml': `include: {local: '${pattern}'}\n${JOB}`,
      ...Object.fromEntries(files.map((file) => [file, '.hidden: {}\n'])),
    })
    expect(config.files.slice(1)).toEqual(want)
  })

  test('one file may be included twice', async () => {
    const config = await loadTexts({
      '.gitlab-ci.yml': `include: [a.yml, b.yml, a.yml]\n${JOB}`,
      'a.yml': 'x: {script: a}\n',
      'b.yml': 'x: {script: b}\n',
    })
    expect(config.jobs[0]?.script).toEqual(['a'])
  })

  test('150 files at most', async () => {
    const files = Array.from({ length: 151 }, (_, index) => `a${index}.yml`)
    const texts = Object.fromEntries(files.map((file) => [file, '.hidden: {}\n']))
    const including = (count: number): string => `include: [${files.slice(0, count).join(', ')}]\n${JOB}`
    expect((await loadTexts({ '.gitlab-ci.yml': including(150), ...texts })).files).toHaveLength(151)
    expect(await mistakesOf({ '.gitlab-ci.yml': including(151), ...texts })).toEqual([
      expect.stringContaining('include makes more than 150 files'),
    ])
  })

  test.each([
    { keyword: 'remote', value: 'https://a.test/x.yml' },
    { keyword: 'template', value: 'Jobs/SAST.gitlab-ci.yml' },
    { keyword: 'component', value: 'a.test/x@1' },
    { keyword: 'project', value: 'acme/ci, file: x.yml' },
  ])('$keyword is not read, and says so', async ({ keyword, value }) => {
    const config = await loadTexts({ '.gitlab-ci.yml': `include: [{${keyword}: ${value}}]\n${JOB}` })
    expect(config.notes.map(({ message }) => message)).toEqual([
      `include:${keyword} is not read: only files of this project and of include:remote are`,
    ])
  })

  test.each([
    {
      name: 'a file that is not there',
      include: 'ci/a.yaml',
      want: ['.gitlab-ci.yml:1:10: ci/a.yaml is not in the project (did you mean ci/a.yml?)'],
    },
    {
      name: 'a way out of the project',
      include: '../a.yml',
      want: ['.gitlab-ci.yml:1:10: include ../a.yml leads out of the project: paths begin at its root'],
    },
    {
      name: 'another kind of file',
      include: 'ci/a.json',
      want: ['.gitlab-ci.yml:1:10: include ci/a.json does not end in .yml or .yaml'],
    },
    {
      name: 'a pattern without a file',
      include: "'x/*.yml'",
      want: ['.gitlab-ci.yml:1:10: include x/*.yml matches no file of the project'],
    },
    {
      name: 'a word that is none',
      include: '{locl: a.yml}',
      want: [
        '.gitlab-ci.yml:1:11: include:locl is no keyword (did you mean local?)',
        '.gitlab-ci.yml:1:10: include has no local or remote: the file to read',
      ],
    },
  ])('$name', async ({ include, want }) => {
    const texts = { '.gitlab-ci.yml': `include: ${include}\n${JOB}`, 'ci/a.yml': '' }
    expect((await mistakesOf(texts)).toSorted()).toEqual(want.toSorted())
  })

  test('a circle', async () => {
    const texts = {
      '.gitlab-ci.yml': `include: a.yml\n${JOB}`,
      'a.yml': 'include: b.yml',
      'b.yml': 'include: a.yml',
    }
    expect(await mistakesOf(texts)).toEqual([
      'b.yml:1:10: include goes in a circle: .gitlab-ci.yml includes a.yml includes b.yml includes a.yml',
    ])
  })

  test('mistakes of all files come together, each with its file', async () => {
    const texts = { '.gitlab-ci.yml': `include: [a.yml, b.yml]\n${JOB}`, 'a.yml': 'x: *no', 'b.yml': '- x' }
    expect(await mistakesOf(texts)).toEqual([
      'a.yml:1:4: *no has no &no before it in this file',
      'b.yml:1:1: a pipeline file is a map of jobs, and this is a list',
    ])
  })

  test('anchors do not cross files', async () => {
    const texts = { '.gitlab-ci.yml': 'include: a.yml\njob: {script: *s}\n', 'a.yml': '.s: &s [x]' }
    expect(await mistakesOf(texts)).toEqual(['.gitlab-ci.yml:2:15: *s has no &s before it in this file'])
  })

  test('a file too large to be a pipeline is refused', async () => {
    const texts = { '.gitlab-ci.yml': `include: a.yml\n${JOB}`, 'a.yml': '#'.repeat(2 * 1024 * 1024 + 1) }
    expect(await mistakesOf(texts)).toEqual(['.gitlab-ci.yml:1:10: a.yml has more than 2097152 bytes'])
  })
})
