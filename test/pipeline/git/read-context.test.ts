import { mkdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type ContextOrder, readContext } from '../../../src/pipeline/git/read-context.ts'
import { makeTempDir } from '../../support/temp-dir.ts'
import { TestRepository } from './a-repository.ts'

async function read(repository: TestRepository, special: Partial<ContextOrder> = {}) {
  const project = await readContext(await repository.open(), {
    event: 'push',
    tag: undefined,
    isCommittedOnly: false,
    variables: [],
    run: { id: 1, createdAt: 0 },
    ...special,
  })
  return { ...project, context: project.context({ path: '.gitlab-ci.yml', dialect: 'gitlab' }) }
}

describe('what git says of a pipeline', () => {
  test('a push of a branch: its commit, where it left the default branch, who pushes', async () => {
    const repository = await TestRepository.make()
    repository.git('remote', 'add', 'origin', 'https://ada:s3cret-of-ada@git.example.com/acme/shop.git')
    const base = await repository.commit('First', { 'a.txt': 'a' })
    repository.git('switch', '--quiet', '--create', 'topic/one')
    const sha = await repository.commit('Sell more\n\nOf everything.', { 'b.txt': 'b' })
    const { context, notes } = await read(repository)
    expect(context).toMatchObject({
      project: {
        ...{ name: 'shop', path: 'acme/shop', url: 'https://git.example.com/acme/shop' },
        defaultBranch: 'main',
      },
      commit: {
        ...{ sha, beforeSha: base, author: 'Ada <ada@example.com>' },
        ...{ message: 'Sell more\n\nOf everything.\n', timestamp: '2026-01-02T03:04:05+01:00' },
      },
      ref: { kind: 'branch', name: 'topic/one', isProtected: false },
      mergeRequest: undefined,
      user: { login: 'ada', name: 'Ada', email: 'ada@example.com' },
    })
    expect(context.files.tracked).toEqual(['a.txt', 'b.txt'])
    expect(context.files.changedSince(undefined)).toEqual(['b.txt'])
    expect(notes).toEqual([])
    expect(JSON.stringify(context)).not.toContain('s3cret')
  })

  test('a merge request into the default branch', async () => {
    const repository = await TestRepository.make()
    const base = await repository.commit('First')
    repository.git('switch', '--quiet', '--create', 'topic')
    await repository.commit('Sell more', { 'b.txt': 'b' })
    const { context } = await read(repository, { event: 'merge_request' })
    expect(context.mergeRequest).toMatchObject({
      ...{ sourceBranch: 'topic', targetBranch: 'main', diffBaseSha: base, title: 'Sell more' },
    })
    expect(context.files.changedSince(undefined)).toEqual(['b.txt'])
  })

  test('a tag has no branch and nothing to compare with', async () => {
    const repository = await TestRepository.make()
    await repository.commit('First', { 'a.txt': 'a' })
    repository.git('tag', '--annotate', 'v1', '--message', 'The first')
    const { context, notes } = await read(repository, { tag: 'v1' })
    expect(context.ref).toMatchObject({ kind: 'tag', name: 'v1', tagMessage: 'The first\n' })
    expect(context.files.changedSince(undefined)).toBe(undefined)
    expect(notes).toEqual([])
    await repository.commit('Second')
    expect((await read(repository, { tag: 'v1' })).notes).toEqual([
      'the tag v1 is at another commit: jobs get what is checked out, under its name',
    ])
    expect((await read(repository, { tag: 'v2' })).context.ref).toMatchObject({ name: 'v2' })
  })

  test('on the default branch what its server does not have is new, or else the last commit', async () => {
    const repository = await TestRepository.make()
    const first = await repository.commit('First', { 'a.txt': 'a' })
    const second = await repository.commit('Second', { 'b.txt': 'b' })
    expect((await read(repository)).context.commit.beforeSha).toBe(first)
    repository.git('update-ref', 'refs/remotes/origin/main', first)
    await repository.commit('Third', { 'c.txt': 'c' })
    expect((await read(repository)).context.files.changedSince(undefined)).toEqual(['b.txt', 'c.txt'])
    repository.git('update-ref', 'refs/remotes/origin/main', 'HEAD')
    const { context } = await read(repository)
    expect(context.commit.beforeSha).toBe(second)
    expect(context.files.changedSince(undefined)).toEqual(['c.txt'])
    expect(context.files.changedSince(first)).toEqual(['b.txt', 'c.txt'])
    expect(context.files.changedSince('--output=x')).toBe(undefined)
  })

  test('the work tree as it is: what is new counts, what is ignored or gone does not', async () => {
    const repository = await TestRepository.make()
    await repository.commit('First', { 'a.txt': 'a', 'gone.txt': 'x', '.gitignore': '*.log\n' })
    await repository.commit('Second')
    await rm(join(repository.path, 'gone.txt'))
    await repository.write({ 'new.txt': 'n', 'b.log': 'l', '.entrepot/x': 'state', 'ü.txt': 'u' })
    const { context, tree } = await read(repository)
    expect(tree.paths).toEqual(['.gitignore', 'a.txt', 'new.txt', 'ü.txt'])
    expect(context.files.changedSince(undefined)).toEqual(expect.arrayContaining(['gone.txt', 'new.txt']))
    const committed = await read(repository, { isCommittedOnly: true })
    expect(committed.tree.paths).toEqual(['.gitignore', 'a.txt', 'gone.txt'])
    expect(await committed.tree.find('gone.txt', 10)).toBe('x')
    expect(await committed.tree.find('new.txt', 10)).toBe(undefined)
    expect(committed.context.files.changedSince(undefined)).toEqual([])
  })

  test('the id of a file goes with its content', async () => {
    const repository = await TestRepository.make()
    await repository.commit('First', { lock: 'one' })
    const idOf = async () => (await read(repository)).context.files.contentId('lock')
    const first = await idOf()
    expect(await idOf()).toBe(first)
    await repository.write({ lock: 'two' })
    expect(await idOf()).not.toBe(first)
    expect((await read(repository)).context.files.contentId('none')).toBe(undefined)
  })

  test('files are found inside of the project only, and up to a size', async () => {
    const repository = await TestRepository.make()
    await using outside = await makeTempDir()
    await symlink(outside.path, join(repository.path, 'out'))
    await repository.commit('First', { 'a.txt': 'abc' })
    const { tree } = await read(repository)
    expect(await tree.find('a.txt', 3)).toBe('abc')
    await expect(tree.find('a.txt', 2)).rejects.toMatchObject({ code: 'PROJECT_FILE_UNREADABLE' })
    expect(await tree.find('../a.txt', 3)).toBe(undefined)
    expect(await tree.find('out/x', 3)).toBe(undefined)
    expect(await tree.find('a.txt/b', 3)).toBe(undefined)
  })

  test('a repository without commits and without a remote can be run', async () => {
    const repository = await TestRepository.make()
    await repository.write({ 'a.txt': 'a' })
    const { context, tree, notes } = await read(repository)
    expect(context.commit.sha).toBe('0'.repeat(40))
    expect(context.project).toMatchObject({
      url: expect.stringMatching(/^http:\/\/localhost\/local\/[\w.-]+$/),
    })
    expect(tree.paths).toEqual(['a.txt'])
    expect(notes).toEqual(['nothing is committed yet: CI_COMMIT_SHA is all zeros'])
  })

  test('a detached HEAD is called like a branch that ends there', async () => {
    const repository = await TestRepository.make()
    await repository.commit('First')
    repository.git('switch', '--quiet', '--detach')
    expect((await read(repository)).context.ref.name).toBe('main')
  })

  test('is found from a folder of the project; elsewhere there is none', async () => {
    const repository = await TestRepository.make()
    await mkdir(join(repository.path, 'src'))
    expect((await repository.open(join(repository.path, 'src'))).directory).toBe(repository.path)
    await using elsewhere = await makeTempDir()
    await expect(repository.open(elsewhere.path)).rejects.toMatchObject({ code: 'NO_PROJECT' })
    const env = { ...repository.env, PATH: elsewhere.path }
    await rm(join(elsewhere.path, 'git'), { force: true })
    Object.assign(repository.env, env)
    await expect(repository.open()).rejects.toMatchObject({ code: 'MISSING' })
  })

  test('a hook that runs us does not lead to its own repository', async () => {
    const [asked, other] = [await TestRepository.make(), await TestRepository.make()]
    const sha = await asked.commit('Asked')
    await other.commit('Other', { 'b.txt': 'b' })
    Object.assign(asked.env, { GIT_DIR: join(other.path, '.git'), GIT_INDEX_FILE: 'x' })
    expect(await asked.open()).toMatchObject({ directory: asked.path, head: sha })
  })
})
