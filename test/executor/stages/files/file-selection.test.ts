import { describe, expect, test } from 'vitest'
import { FileSelection, type SelectionOrder } from '../../../../src/executor/stages/files/file-selection.ts'

function select(order: Partial<SelectionOrder>) {
  return new FileSelection({
    projectDirectory: '/builds/acme/shop',
    paths: [],
    exclude: [],
    untracked: new Set(),
    ...order,
  })
}

const FILES = [
  'README.md',
  'build',
  'build/app',
  'build/lib',
  'build/lib/a.so',
  'build/lib/b.so.1',
  'src',
  'src/.hidden/x.xml',
  'src/a.xml',
]

const rows: readonly [name: string, order: Partial<SelectionOrder>, selected: readonly string[]][] = [
  ['a file', { paths: ['README.md'] }, ['README.md']],
  [
    'a directory with all in it',
    { paths: ['build/'] },
    ['build', 'build/app', 'build/lib', 'build/lib/a.so', 'build/lib/b.so.1'],
  ],
  ['a path that is only the beginning of a name', { paths: ['buil'] }, []],
  ['`./` before it', { paths: ['./build/lib'] }, ['build/lib', 'build/lib/a.so', 'build/lib/b.so.1']],
  ['`..` that stays inside', { paths: ['src/../build/app'] }, ['build/app']],
  [
    'absolute, within the project',
    { paths: ['/builds/acme/shop/build/*.so', '/builds/acme/shop/src/*.xml'] },
    ['src/a.xml'],
  ],
  ['the project itself', { paths: ['/builds/acme/shop'] }, FILES],
  ['`.`', { paths: ['.'] }, FILES],
  [
    'what a pattern matches, with all in it',
    { paths: ['b*'] },
    ['build', 'build/app', 'build/lib', 'build/lib/a.so', 'build/lib/b.so.1'],
  ],
  ['a pattern below a directory', { paths: ['build/**/*.so'] }, ['build/lib/a.so']],
  ['everywhere, also below dots', { paths: ['**/*.xml'] }, ['src/.hidden/x.xml', 'src/a.xml']],
  [
    'an excluded directory is not its content',
    { paths: ['build'], exclude: ['build/lib'] },
    ['build', 'build/app', 'build/lib/a.so', 'build/lib/b.so.1'],
  ],
  [
    'excluded by pattern',
    { paths: ['build'], exclude: ['build/lib/**', '/builds/acme/shop/build/app'] },
    ['build'],
  ],
  [
    'untracked, besides',
    { paths: ['README.md'], untracked: new Set(['src/a.xml']) },
    ['README.md', 'src/a.xml'],
  ],
  ['untracked and excluded', { untracked: new Set(['src/a.xml']), exclude: ['**/*.xml'] }, []],
]

describe('FileSelection', () => {
  test.each(rows)('%s', (_, order, selected) => {
    const selection = select(order)
    expect(FILES.filter((path) => selection.choose(path).isSelected)).toEqual(selected)
    expect(selection.warnings).toEqual([])
  })

  test('a folder that was meant does not hide one that is not', () => {
    const selection = select({ paths: ['*/out'] })
    const paths = ['a/out/x', 'a/other', 'a/outer/x', 'b/out/y', 'b/o/out']
    expect(paths.filter((path) => selection.choose(path).isSelected)).toEqual(['a/out/x', 'b/out/y'])
  })

  test.each([
    ['/etc/passwd'],
    ['../other'],
    ['build/../../other/*.txt'],
    ['/builds/acme/shopping/x'],
    ['/*'],
  ])('%s is outside: a warning', (path) => {
    const selection = select({ paths: [path] })
    expect(selection.roots).toEqual([])
    expect(selection.warnings).toEqual([
      `processPath: artifact path is not a subpath of project directory: ${path}`,
    ])
    expect(FILES.filter((file) => selection.choose(file).isSelected)).toEqual([])
  })

  test.each([
    [
      ['build/lib/*.so', 'src/a.xml'],
      ['build/lib', 'src/a.xml'],
    ],
    [
      ['build', 'build/lib/*.so', 'build-more'],
      ['build', 'build-more'],
    ],
    [
      ['a/b/c', 'a', 'a-b'],
      ['a', 'a-b'],
    ],
    [['build', '*.md'], ['']],
    [['/builds/acme/shop/a/b/**'], ['a/b']],
    [[], []],
  ])('of %j only %j is read', (paths, roots) => {
    expect(select({ paths }).roots).toEqual(roots)
  })

  test('of what is not tracked only its first folders are read', () => {
    expect(select({ untracked: new Set(['a/b/c', 'a/d', 'e']) }).roots).toEqual(['a', 'e'])
  })

  test('says which pattern found or excluded a file', () => {
    const selection = select({ paths: ['build', '**/*.so'], exclude: ['x', '**/a.*'] })
    expect(selection.choose('build/lib/a.so')).toEqual({
      isSelected: false,
      byPaths: [0, 1],
      isUntracked: false,
      byExclude: 1,
    })
  })
})
