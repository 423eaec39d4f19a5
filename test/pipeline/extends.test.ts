import { describe, expect, test } from 'vitest'
import { loadJob, mistakesOf } from './load-text.ts'

describe('extends', () => {
  test('maps merge, lists and texts are replaced', async () => {
    const job = await loadJob(`
.base:
  script: [a, b]
  variables: {A: base, B: base}
job:
  extends: .base
  script: [c]
  variables: {B: job}
`)
    expect(job.script).toEqual(['c'])
    expect(job.variables.map(({ key, value }) => `${key}=${value}`)).toEqual(['A=base', 'B=job'])
  })

  test('of several parents the later wins', async () => {
    const job = await loadJob(`
.a: {script: a, tags: [a]}
.b: {script: b}
job: {extends: [.a, .b]}
`)
    expect(job).toMatchObject({ script: ['b'], tags: ['a'] })
  })

  test('(a2.12) null takes away what would be inherited, and an empty map does not', async () => {
    const base = '.base: {script: x, variables: {A: base}, cache: {paths: [p]}}\n'
    const without = await loadJob(`${base}job: {extends: .base, variables: null, cache: null}\n`)
    expect(without).toMatchObject({ variables: [], caches: [] })
    const kept = await loadJob(`${base}job: {extends: .base, variables: {}}\n`)
    expect(kept.variables.map(({ key }) => key)).toEqual(['A'])
  })

  test('a job that runs can be extended too', async () => {
    const job = await loadJob('a: {script: x, stage: build}\nb: {extends: a}\n', 'b')
    expect(job).toMatchObject({ script: ['x'], stage: 'build' })
  })

  test('11 levels, and no more', async () => {
    const chain = (levels: number): string =>
      [
        'l1: {script: x}',
        ...Array.from({ length: levels - 1 }, (_, index) => `l${index + 2}: {extends: l${index + 1}}`),
      ]
        .toReversed()
        .join('\n')
    const upwards = (levels: number): string => chain(levels).split('\n').toReversed().join('\n')
    const tooDeep = [expect.stringContaining('l13 extends more than 11 levels')]
    for (const text of [chain, upwards]) {
      expect(await mistakesOf(text(12))).toEqual([])
      expect(await mistakesOf(text(13))).toEqual(tooDeep)
      expect(await mistakesOf(text(14))).toEqual(tooDeep)
    }
    expect(await mistakesOf(chain(5_000))).toContainEqual(
      expect.stringContaining('l5000 extends more than 11 levels'),
    )
  })

  test.each([
    {
      name: 'a parent that is not there',
      text: '.base: {script: x}\njob: {extends: .bsae}\n',
      want: ['.gitlab-ci.yml:2:16: job extends .bsae, which is not in the pipeline (did you mean .base?)'],
    },
    {
      name: 'a circle',
      text: 'a: {extends: b}\nb: {extends: a}\n',
      want: ['.gitlab-ci.yml:1:14: a extends b extends a: a circle without an end'],
    },
    {
      name: 'itself',
      text: 'a: {extends: a}\n',
      want: ['.gitlab-ci.yml:1:14: a extends a: a circle without an end'],
    },
    {
      name: 'what is no job',
      text: 'stages: [test]\njob: {script: x, extends: stages}\n',
      want: ['.gitlab-ci.yml:2:27: job extends stages, which is no job'],
    },
    {
      name: 'what is no name',
      text: 'job: {script: x, extends: 3}\n',
      want: ['.gitlab-ci.yml:1:27: extends takes the name of a job, or a list of names'],
    },
  ])('$name', async ({ text, want }) => {
    expect(await mistakesOf(text)).toEqual(want)
  })
})

describe('!reference', () => {
  test('lists within lists become one', async () => {
    const job = await loadJob(`
.setup: {script: [a, b]}
.more: {script: [!reference [.setup, script], c]}
job:
  script:
    - !reference [.more, script]
    - d
`)
    expect(job.script).toEqual(['a', 'b', 'c', 'd'])
  })

  test('anywhere: a map, one of its values, rules', async () => {
    const job = await loadJob(`
.v: {variables: {A: x, B: y}, rules: [{if: $A}, {when: manual}]}
job:
  script: x
  variables: {C: !reference [.v, variables, B]}
  rules:
    - if: $Z
    - !reference [.v, rules]
`)
    expect(job.variables.map(({ key, value }) => `${key}=${value}`)).toEqual(['C=y'])
    expect(job.rules?.map((rule) => rule.if?.text ?? rule.when)).toEqual(['$Z', '$A', 'manual'])
  })

  test('what it leads to is extended already', async () => {
    const job = await loadJob(`
.a: {script: [a]}
.b: {extends: .a}
job: {script: !reference [.b, script]}
`)
    expect(job.script).toEqual(['a'])
  })

  test.each([
    {
      name: 'nowhere',
      text: '.setup: {script: [a]}\njob: {script: !reference [.setup, scirpt]}\n',
      want: [
        '.gitlab-ci.yml:2:26: !reference [.setup, scirpt] leads nowhere: there is no scirpt under [.setup] (did you mean script?)',
      ],
    },
    {
      name: 'a circle',
      text: '.a: {script: !reference [.b, script]}\n.b: {script: !reference [.a, script]}\njob: {script: x}\n',
      want: [
        expect.stringContaining(
          '!reference [.b, script] -> [.a, script] -> [.b, script] leads back to itself',
        ),
      ],
    },
  ])('$name', async ({ text, want }) => {
    expect(await mistakesOf(text)).toEqual(want)
  })

  test('10 levels, and no more', async () => {
    const chain = (levels: number): string =>
      [
        `job: {script: !reference [.r${levels - 1}, script]}`,
        ...Array.from({ length: levels - 1 }, (_, i) => levels - 1 - i).map(
          (level) => `.r${level}: {script: !reference [.r${level - 1}, script]}`,
        ),
        '.r0: {script: [x]}',
      ].join('\n')
    expect(await mistakesOf(chain(10))).toEqual([])
    expect(await mistakesOf(chain(11))).toEqual([
      expect.stringContaining('leads over more than 10 references'),
    ])
  })

  test('references to references do not unfold without end', async () => {
    const levels = Array.from({ length: 9 }, (_, index) => {
      const below = `!reference [.l${index}, script]`
      return `.l${index + 1}: {script: [${Array.from({ length: 10 }, () => below).join(', ')}]}`
    })
    const text = ['.l0: {script: [x]}', ...levels, 'job: {script: !reference [.l9, script]}'].join('\n')
    expect(await mistakesOf(text)).toEqual([expect.stringContaining('unfold into more than 1000000 values')])
  })
})
