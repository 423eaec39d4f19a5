import { describe, expect, test } from 'vitest'
import { loadTexts, mistakesOf } from '../load-text.ts'

const SPEC = `spec:
  inputs:
    name:
    stage: {default: test, options: [test, build]}
    version: {type: number, default: 1.10}
    flag: {type: boolean, default: false}
    files: {type: array, default: [a, b c]}
    tag: {default: v1, regex: '^v\\d+$'}
---
`

/** The script of a job that an included file makes with these inputs. */
async function scriptWith(inputs: string, script: string): Promise<readonly string[] | undefined> {
  const { jobs } = await loadTexts({
    '.gitlab-ci.yml': `include: [{local: a.yml, inputs: {name: it${inputs}}}]\n`,
    'a.yml': `${SPEC}$[[ inputs.name ]]:\n  script: [${script}]\n`,
  })
  expect(jobs.map(({ name }) => name)).toEqual(['it'])
  return jobs[0]?.script
}

describe('inputs', () => {
  test.each([
    { name: 'a default', inputs: '', script: "'$[[ inputs.tag ]]'", want: ['v1'] },
    { name: 'a value', inputs: ', tag: v22', script: "'$[[ inputs.tag ]]'", want: ['v22'] },
    { name: 'a number, as Ruby writes it', inputs: '', script: "'$[[inputs.version]]'", want: ['1.1'] },
    { name: 'a boolean', inputs: ', flag: yes', script: "'$[[ inputs.flag ]]'", want: ['true'] },
    { name: 'an array as a list', inputs: '', script: '$[[ inputs.files ]]', want: ['a', 'b c'] },
    { name: 'an array as JSON', inputs: '', script: "'$[[ inputs.files ]]'", want: ['["a","b c"]'] },
    { name: 'several in one', inputs: '', script: "'$[[ inputs.tag ]]-$[[ inputs.name ]]'", want: ['v1-it'] },
    {
      name: 'functions, one after the other',
      inputs: ", tag: 'v123456'",
      script: "'$[[ inputs.tag | truncate(1,3) | expand_vars ]]'",
      want: ['123'],
    },
    {
      name: 'what a shell takes as one word',
      inputs: '',
      script: "'x $[[ inputs.name | posix_escape ]]'",
      want: ['x it'],
    },
    { name: 'those of a matrix stay', inputs: '', script: "'$[[ matrix.A ]]'", want: ['$[[ matrix.A ]]'] },
  ])('$name', async ({ inputs, script, want }) => {
    expect(await scriptWith(inputs, script)).toEqual(want)
  })

  test('variables are put in where expand_vars asks for it', async () => {
    const { jobs } = await loadTexts({
      '.gitlab-ci.yml': "include: [{local: a.yml, inputs: {at: '$DIR/x'}}]\n",
      'a.yml':
        "spec: {inputs: {at: }}\n---\njob: {script: ['$[[ inputs.at ]] $[[ inputs.at | expand_vars ]]']}\n",
    })
    expect(jobs[0]?.script).toEqual(['$DIR/x ci/x'])
  })

  test('one file may be included several times, with other inputs', async () => {
    const { jobs, files } = await loadTexts({
      '.gitlab-ci.yml':
        'include: [{local: a.yml, inputs: {name: one}}, {local: a.yml, inputs: {name: two}}]\n',
      'a.yml': 'spec: {inputs: {name: }}\n---\n$[[ inputs.name ]]: {script: x}\n',
    })
    expect(jobs.map(({ name }) => name)).toEqual(['one', 'two'])
    expect(files).toEqual(['.gitlab-ci.yml', 'a.yml'])
  })

  test('the command line gives those of the pipeline itself', async () => {
    const { jobs } = await loadTexts(
      {
        '.gitlab-ci.yml': `${SPEC}$[[ inputs.name ]]: {stage: $[[ inputs.stage ]], script: $[[ inputs.files ]]}\n`,
      },
      { inputs: new Map(Object.entries({ name: 'it', stage: 'build', files: '["x"]' })) },
    )
    expect(jobs).toMatchObject([{ name: 'it', stage: 'build', script: ['x'] }])
  })

  test.each([
    { inputs: '', want: /^a\.yml:3:5: input name has no default, and no value was given/ },
    { inputs: 'name: 1', want: /:1:41: include:inputs:name takes a string, and this is the number 1/ },
    { inputs: 'name: x, tag: w1', want: /:1:49: input tag does not match the regex/ },
    { inputs: 'name: x, stage: biuld', want: /input stage takes test, build; biuld .*did you mean build/ },
    { inputs: 'name: x, flga: true', want: /input flga is not in the spec .*did you mean flag/ },
  ])('refuses {$inputs}', async ({ inputs, want }) => {
    const mistakes = await mistakesOf({
      '.gitlab-ci.yml': `include: [{local: a.yml, inputs: {${inputs}}}]\n`,
      'a.yml': `${SPEC}job: {script: x}\n`,
    })
    expect(mistakes).toEqual([expect.stringMatching(want)])
  })

  test.each([
    { text: 'job: {script: x}\n', given: { name: 'x' }, want: /takes no inputs/ },
    {
      text: `${SPEC}job: {script: x}\n`,
      given: { name: 'x', version: 'one' },
      want: /version takes .* number/,
    },
    { text: `${SPEC}job: {script: x}\n`, given: { name: 'x', files: 'a' }, want: /files takes .* array/ },
  ])('refuses $given', async ({ text, given, want }) => {
    const inputs = new Map<string, string>(Object.entries(given))
    expect(await mistakesOf(text, { inputs })).toEqual([expect.stringMatching(want)])
  })

  test.each([
    {
      spec: '{a: {type: strnig}}',
      want: /:1:27: spec:inputs:a:type takes string, number, .*did you mean string/,
    },
    { spec: '{a: {default: 1}}', want: /default takes a string, and this is the number 1/ },
    { spec: '{a: {default: x, options: [y]}}', want: /default is none of its options: y/ },
    { spec: "{a: {default: x, regex: '^y'}}", want: /does not match the default/ },
    { spec: "{a: {default: x, regex: '(?=y)'}}", want: /regex is no pattern/ },
  ])('refuses the spec $spec', async ({ spec, want }) => {
    const mistakes = await mistakesOf(`spec: {inputs: ${spec}}\n---\njob: {script: x}\n`)
    expect(mistakes).toEqual([expect.stringMatching(want)])
  })

  test.each([
    { block: '$[[ inputs.b ]]', want: /asks for an input that is not in the spec/ },
    { block: '$[[ input.a ]]', want: /is not known: it begins with inputs\./ },
    { block: '$[[ inputs.a | upcase ]]', want: /has a function that is not known: upcase/ },
    {
      block: '$[[ inputs.n | truncate(0,1) ]]',
      want: /functions for strings only, and it is of type number/,
    },
    { block: `$[[ inputs.a ${'| expand_vars '.repeat(4)}]]`, want: /more than 3 functions/ },
  ])('refuses $block, at its place', async ({ block, want }) => {
    const spec = 'spec: {inputs: {a: {default: x}, n: {default: 1, type: number}}}\n---\n'
    const [mistake, ...more] = await mistakesOf(`${spec}job:\n  script: ['${block}']\n`)
    expect(mistake).toMatch(want)
    expect(mistake).toMatch(/^\.gitlab-ci\.yml:4:13: /)
    expect(more).toEqual([])
  })

  test('places of other mistakes are those of the file before anything was filled in', async () => {
    const spec = 'spec: {inputs: {a: {default: "much longer than its block\\n    and two lines"}}}\n---\n'
    expect(await mistakesOf(`${spec}job:\n  script: ["$[[ inputs.a ]]"]\n  imgae: x\n`)).toEqual([
      expect.stringMatching(/^\.gitlab-ci\.yml:5:3: job: imgae/),
    ])
  })

  test('values that would fill a disk are refused', async () => {
    const blocks = '$[[ inputs.a ]]'.repeat(2_000)
    const mistakes = await mistakesOf(
      `spec: {inputs: {a: {default: ${'x'.repeat(10_000)}}}}\n---\njob: {script: '${blocks}'}\n`,
    )
    expect(mistakes).toEqual([expect.stringMatching(/more than 8388608 characters/)])
  })

  test('without a header nothing is filled in', async () => {
    const { jobs } = await loadTexts({ '.gitlab-ci.yml': "job: {script: 'x $[[ inputs.a ]]'}\n" })
    expect(jobs[0]?.script).toEqual(['x $[[ inputs.a ]]'])
  })
})
