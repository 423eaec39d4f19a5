import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, readlink, rm, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readContext } from '../../../src/pipeline/git/read-context.ts'
import { SourceSnapshot } from '../../../src/pipeline/sources/source-snapshot.ts'
import { makeTempDir } from '../../support/temp-dir.ts'
import { TestRepository } from '../git/a-repository.ts'

/** What a job would find; `git` there is git in it. */
async function unpack(
  repository: TestRepository,
  special: { isCommittedOnly?: boolean; depth?: number } = {},
) {
  const { isCommittedOnly = false, depth = 20 } = special
  const dir = await makeTempDir()
  onTestFinished(() => dir[Symbol.asyncDispose]())
  const [temporaryDirectory, place] = [join(dir.path, 'tmp'), join(dir.path, 'place')]
  await Promise.all([mkdir(temporaryDirectory), mkdir(place)])
  const opened = await repository.open()
  const run = { id: 1, createdAt: 0 }
  const order = { event: 'push', tag: undefined, isCommittedOnly, variables: [], run } as const
  const { tree } = await readContext(opened, order)
  const originUrl = 'https://git.example.com/acme/shop.git'
  const snapshot = await SourceSnapshot.take(
    { repository: opened, tree, isCommittedOnly, depth, originUrl, temporaryDirectory },
    AbortSignal.timeout(60_000),
  )
  expect(await readdir(temporaryDirectory)).toEqual([])
  const tar = spawn('tar', ['-x'], { cwd: place, stdio: ['pipe', 'inherit', 'inherit'] })
  const ended = once(tar, 'close')
  await pipeline(snapshot.open(), tar.stdin)
  expect(await ended).toEqual([0, null])
  // Whoever stops reading takes nothing away from the others.
  snapshot.open().destroy()
  expect((await buffer(snapshot.open())).length).toBe(snapshot.sizeBytes)
  await snapshot.close()
  const git = (...args: readonly string[]) =>
    execFileSync('git', args, { cwd: place, env: repository.env, encoding: 'utf8' }).trimEnd()
  return { place, git, files: snapshot.files }
}

describe('the sources of a pipeline', () => {
  test('are the work tree as it is: changed, new and without what is gone', async () => {
    const repository = await TestRepository.make()
    await repository.write({ 'deep/er/b.sh': 'b' })
    await chmod(join(repository.path, 'deep/er/b.sh'), 0o700)
    await repository.commit('First', { 'a.txt': 'a', 'gone.txt': 'x', '.gitignore': '*.log' })
    await symlink('a.txt', join(repository.path, 'link'))
    await rm(join(repository.path, 'gone.txt'))
    await repository.write({ 'a.txt': 'changed', 'new.txt': 'new', 'x.log': 'ignored' })
    const { place, git, files } = await unpack(repository)
    expect(await readFile(join(place, 'a.txt'), 'utf8')).toBe('changed')
    expect(await readFile(join(place, 'new.txt'), 'utf8')).toBe('new')
    expect(await readlink(join(place, 'link'))).toBe('a.txt')
    expect((await stat(join(place, 'deep/er/b.sh'))).mode & 0o111).toBe(0o111)
    expect((await readdir(place)).sort()).toEqual(['.git', '.gitignore', 'a.txt', 'deep', 'link', 'new.txt'])
    expect(files).toBe(5)
    expect(git('status', '--porcelain').split('\n')).toEqual([
      ' M a.txt',
      ' D gone.txt',
      '?? link',
      '?? new.txt',
    ])
  })

  test('have a repository of their own: detached, with history, without logins, settings and hooks', async () => {
    const repository = await TestRepository.make()
    repository.git('remote', 'add', 'origin', 'https://ada:s3cret-of-ada@git.example.com/acme/shop.git')
    repository.git('config', 'http.extraHeader', 'Authorization: Basic s3cret-of-ada')
    await repository.write({ '.git/hooks/pre-commit': '#!/bin/sh\nexit 1\n' })
    await chmod(join(repository.path, '.git/hooks/pre-commit'), 0o755)
    repository.git('config', 'core.hooksPath', '/dev/null')
    await repository.commit('First', { 'a.txt': 'a' })
    repository.git('tag', 'v1')
    const sha = await repository.commit('Second', { 'a.txt': 'b' })
    const { place, git } = await unpack(repository)
    expect(git('rev-parse', 'HEAD')).toBe(sha)
    expect(() => git('symbolic-ref', '--quiet', 'HEAD')).toThrow()
    expect(git('log', '--format=%s')).toBe('Second\nFirst')
    expect(git('describe', '--tags')).toMatch(/^v1-1-g/)
    expect(git('status', '--porcelain')).toBe('')
    expect(git('remote', 'get-url', 'origin')).toBe('https://git.example.com/acme/shop.git')
    expect(await readFile(join(place, '.git/config'), 'utf8')).not.toContain('s3cret')
    expect(await readdir(join(place, '.git'))).not.toContain('hooks')
  })

  test('have as much history as is asked for', async () => {
    const repository = await TestRepository.make()
    for (const message of ['One', 'Two', 'Three']) await repository.commit(message)
    const shallow = await unpack(repository, { depth: 2 })
    expect(shallow.git('log', '--format=%s')).toBe('Three\nTwo')
    const whole = await unpack(repository, { depth: 0 })
    expect(whole.git('log', '--format=%s')).toBe('Three\nTwo\nOne')
  })

  test('with only what is committed are that', async () => {
    const repository = await TestRepository.make()
    await repository.commit('First', { 'a.txt': 'a' })
    await repository.write({ 'a.txt': 'changed', 'new.txt': 'new' })
    const { place, git } = await unpack(repository, { isCommittedOnly: true })
    expect(await readFile(join(place, 'a.txt'), 'utf8')).toBe('a')
    expect((await readdir(place)).sort()).toEqual(['.git', 'a.txt'])
    expect(git('status', '--porcelain')).toBe('')
  })

  test('of a repository without commits are its files', async () => {
    const repository = await TestRepository.make()
    await repository.write({ 'a.txt': 'a' })
    const { git } = await unpack(repository)
    expect(git('status', '--porcelain')).toBe('?? a.txt')
  })

  test('leave the work tree and its index as they were', async () => {
    const repository = await TestRepository.make()
    await repository.commit('First', { 'a.txt': 'a' })
    await repository.write({ 'a.txt': 'b' })
    const look = async () => {
      const { mtimeMs, ino } = await stat(join(repository.path, '.git/index'))
      return { mtimeMs, ino, entries: await readdir(repository.path) }
    }
    const before = await look()
    await unpack(repository)
    expect(await look()).toEqual(before)
  })
})
