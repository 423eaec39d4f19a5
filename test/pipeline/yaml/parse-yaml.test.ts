import { describe, expect, test } from 'vitest'
import { Findings, formatPosition } from '../../../src/pipeline/mistakes.ts'
import type { YamlNode } from '../../../src/pipeline/yaml/node.ts'
import { parseYaml } from '../../../src/pipeline/yaml/parse-yaml.ts'

describe('parseYaml', () => {
  test.each([
    { name: 'the last of two equal keys counts', text: 'a: 1\na: 2\n', want: { a: 2 } },
    { name: 'words for true and false are keys by that name', text: 'on: x\nyes: y\n', want: { true: 'y' } },
    { name: 'quotes keep text', text: 'a: "012"\nb: \'yes\'\n', want: { a: '012', b: 'yes' } },
    { name: 'the tag of text keeps text', text: 'a: !!str 012\n', want: { a: '012' } },
    { name: 'a block keeps text', text: 'a: |\n  12\n', want: { a: '12\n' } },
    { name: 'an empty value is null', text: 'a:\nb: x\n', want: { a: null, b: 'x' } },
    { name: 'an alias is its anchor', text: 'a: &x [1]\nb: *x\n', want: { a: [1], b: [1] } },
    {
      name: 'an alias is the last anchor before it',
      text: 'a: &x 1\nb: *x\nc: &x 2\nd: *x\n',
      want: { a: 1, b: 1, c: 2, d: 2 },
    },
    {
      name: 'the first of the merged maps wins, and keys after the merge win over it',
      text: 'a: &a {k: 1, l: 1}\nb: &b {k: 2, m: 2}\nc:\n  <<: [*a, *b]\n  l: 3\n',
      want: { a: { k: 1, l: 1 }, b: { k: 2, m: 2 }, c: { k: 1, m: 2, l: 3 } },
    },
    {
      name: 'a merge wins over keys before it',
      text: 'a: &a {k: 1}\nc:\n  k: 2\n  <<: *a\n',
      want: { a: { k: 1 }, c: { k: 1 } },
    },
    {
      name: 'a merge is one level deep',
      text: 'a: &a {v: {x: 1}}\nc:\n  <<: *a\n  v: {y: 2}\n',
      want: { a: { v: { x: 1 } }, c: { v: { y: 2 } } },
    },
    { name: '<< with the tag of text is a key like any other', text: '!!str <<: 1\n', want: { '<<': 1 } },
    { name: 'JSON is YAML', text: '{"a": ["b", 1, true, null]}', want: { a: ['b', 1, true, null] } },
    { name: 'a byte order mark is no text', text: '\uFEFFa: 1\n', want: { a: 1 } },
  ])('$name', ({ text, want }) => {
    const findings = new Findings()
    expect(parseYaml(text, 'ci.yml', findings).map(plain)).toEqual([want])
    expect(findings.mistakes).toEqual([])
  })

  test('references know their path', () => {
    const [root] = parseYaml('a: !reference [.setup, script]\n', 'ci.yml', new Findings())
    expect(plain(root)).toEqual({ a: '!.setup/script' })
  })

  test('every value knows where it stands', () => {
    const [root] = parseYaml('build:\n  script:\n    - make\n    - make test\n', 'ci/a.yml', new Findings())
    const build = root?.kind === 'map' ? root.entries.get('build')?.value : undefined
    const script = build?.kind === 'map' ? build.entries.get('script') : undefined
    expect(script?.keyAt).toEqual({ file: 'ci/a.yml', line: 2, column: 3 })
    const second = script?.value.kind === 'list' ? script.value.items[1] : undefined
    expect(second?.at).toEqual({ file: 'ci/a.yml', line: 4, column: 7 })
  })

  test.each([
    { name: 'a block', text: 'a: |\n  b\n', line: 1, column: 4 },
    { name: 'a block with a tag and a comment', text: 'a: !!str >-  # b | c\n  d\n', line: 1, column: 10 },
    { name: 'a block at the end', text: 'a: |', line: 1, column: 4 },
    { name: 'text in quotes', text: 'a:  "b"\n', line: 1, column: 5 },
    { name: 'what has an anchor', text: 'a: &b c\n', line: 1, column: 7 },
    { name: 'a map in a list', text: 'a:\n  - b: c\n', line: 2, column: 3 },
    { name: 'nothing, which is where its key is', text: 'a:\nb: c\n', line: 1, column: 1 },
  ])('$name has its place', ({ text, line, column }) => {
    const [root] = parseYaml(text, 'ci.yml', new Findings())
    const value = root?.kind === 'map' ? root.entries.get('a')?.value : undefined
    expect(value?.at).toEqual({ file: 'ci.yml', line, column })
  })

  test('nothing in a list is where its dash is', () => {
    const [root] = parseYaml('-\n# -\n-\n- a\n-\n', 'ci.yml', new Findings())
    const items = root?.kind === 'list' ? root.items : []
    expect(items.map(({ at }) => `${at.line}:${at.column}`)).toEqual(['1:1', '3:1', '4:3', '5:1'])
  })

  test.each([
    {
      name: 'a date',
      text: 'a: 2024-01-31\n',
      want: ['ci.yml:1:4: 2024-01-31 is a date: put it in quotes, GitLab takes no dates'],
    },
    {
      name: 'an alias before its anchor',
      text: 'a: *x\nb: &x 1\n',
      want: ['ci.yml:1:4: *x has no &x before it in this file'],
    },
    {
      name: 'an alias of what it stands in',
      text: 'a: &x [*x]\n',
      want: ['ci.yml:1:8: *x has no &x before it in this file'],
    },
    {
      name: 'an unknown tag',
      text: 'a: !refrence [b]\n',
      want: ['ci.yml:1:4: the tag !refrence is not known: there is only !reference, with a list'],
    },
    {
      name: 'a reference to nothing',
      text: 'a: !reference []\n',
      want: ['ci.yml:1:15: !reference takes a list of keys: !reference [.setup, script]'],
    },
    {
      name: 'a list as a key',
      text: '? [a]\n: 1\n',
      want: ['ci.yml:1:3: a key is a word, not a list or a map'],
    },
    {
      name: 'a merge of text',
      text: 'a:\n  <<: text\n',
      want: ['ci.yml:2:7: << merges a map, or a list of maps: <<: *name'],
    },
    {
      name: 'a tab',
      text: 'a:\n\tb: 1\n',
      want: ['ci.yml:2:1: YAML is indented with spaces, not with tabs'],
    },
    {
      name: 'two mistakes',
      text: 'a: 2024-01-31\nb: *x\n',
      want: [
        'ci.yml:1:4: 2024-01-31 is a date: put it in quotes, GitLab takes no dates',
        'ci.yml:2:4: *x has no &x before it in this file',
      ],
    },
  ])('$name is refused with its place', ({ text, want }) => {
    const findings = new Findings()
    expect(parseYaml(text, 'ci.yml', findings)).toEqual([])
    expect(findings.mistakes.map(({ at, message }) => `${formatPosition(at)}: ${message}`)).toEqual(want)
  })

  test('aliases of aliases do not unfold without end', () => {
    const lines = Array.from(
      { length: 30 },
      (_, index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}]`,
    )
    const findings = new Findings()
    expect(parseYaml(['a0: &a0 x', ...lines].join('\n'), 'ci.yml', findings)).toEqual([])
    expect(findings.mistakes.map(({ message }) => message)).toEqual([
      'the aliases of this file unfold into more than 1000000 values',
    ])
  })

  test.each([200, 20_000])('%i lists in each other are refused', (depth) => {
    const findings = new Findings()
    expect(parseYaml('['.repeat(depth) + ']'.repeat(depth), 'ci.yml', findings)).toEqual([])
    expect(findings.mistakes).toHaveLength(1)
  })
})

function plain(node: YamlNode | undefined): unknown {
  if (node?.kind === 'scalar') return node.value
  if (node?.kind === 'list') return node.items.map(plain)
  if (node?.kind === 'reference') return `!${node.path.join('/')}`
  return Object.fromEntries([...(node?.entries ?? [])].map(([key, { value }]) => [key, plain(value)]))
}
