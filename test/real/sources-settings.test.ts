import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Job } from '../../src/executor/job/job.ts'
import { type GitServer, startGitServer } from '../support/git/git-server.ts'
import { Repository } from '../support/git/repository.ts'
import { sourcesJob } from '../support/git/sources-job.ts'
import { SourcesPlace } from '../support/git/sources-place.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { runCommand } from '../support/real/run-command.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'

const TOKEN = 's3cret-of-a-job'

describeWith(['git'], 'get_sources as the variables of a job say', () => {
  const cleanups = new Cleanups()
  let server: GitServer
  let lib: Repository
  let shop: Repository
  let sha: string

  beforeAll(async () => {
    const root = await scratchDir('git', cleanups)
    server = cleanups.use(await startGitServer({ root, token: TOKEN }))
    const create = (name: string) =>
      Repository.create(join(root, `acme/${name}.git`), join(root, 'work', name))
    const bare = (name: string) => join(root, `acme/${name}.git`)
    const inner = await create('inner')
    await inner.commit({ 'inner.txt': 'inner\n' })
    lib = await create('lib')
    await lib.commit({ 'lib.txt': 'lib one\n' })
    await lib.addSubmodule(bare('inner'), '../inner.git', 'inner')
    await lib.commit({ 'lib.txt': 'lib two\n' })
    shop = await create('shop')
    await shop.commit({ 'README.md': 'one\n' })
    await shop.addSubmodule(bare('lib'), '../lib.git', 'vendor/lib')
    await shop.addSubmodule(bare('inner'), '../inner.git', 'vendor/other')
    sha = await shop.commit({ 'README.md': 'two\n', '.gitignore': 'cache/\n' })
    await shop.git('tag', 'v1')
    await shop.git('push', '--quiet', 'origin', 'v1')
  })

  afterAll(() => cleanups[Symbol.asyncDispose]())

  const job = (variables: Readonly<Record<string, string>> = {}, git: Partial<Job['git']> = {}): Job =>
    sourcesJob({ repoUrl: server.repoUrl('acme/shop.git'), sha, variables, git })
  const got = async (variables: Readonly<Record<string, string>>, git: Partial<Job['git']> = {}) => {
    const order = job(variables, git)
    const place = await SourcesPlace.open(order)
    await place.get(order)
    return place
  }
  const read = (place: SourcesPlace, path: string) => readFile(join(place.projectDirectory, path), 'utf8')
  const folder = (place: SourcesPlace, path: string) => readdir(join(place.projectDirectory, path))
  const inPlace = async (place: SourcesPlace, path: string, ...args: string[]) =>
    (await runCommand('git', args, { cwd: join(place.projectDirectory, path) })).trim()

  test('GIT_DEPTH, where the server sends none', async () => {
    await using place = await got({ GIT_DEPTH: '1' }, { depth: 0 })
    expect(await inPlace(place, '.', 'rev-list', '--count', 'HEAD')).toBe('1')
    expect(place.trace.output).toContain('Fetching changes with git depth set to 1...')
  })

  test.each([
    [{}, 'v1'],
    [{ GIT_FETCH_EXTRA_FLAGS: '--prune --quiet --no-tags' }, ''],
  ])('GIT_FETCH_EXTRA_FLAGS: %o', async (variables, tags) => {
    await using place = await got(variables, { depth: 0 })
    expect(await inPlace(place, '.', 'tag')).toBe(tags)
  })

  test.each([
    [{}, ['.git', '.gitignore', '.gitmodules', 'README.md', 'vendor']],
    [
      { GIT_CLEAN_FLAGS: '-ffdx -e cache/' },
      ['.git', '.gitignore', '.gitmodules', 'README.md', 'cache', 'vendor'],
    ],
    [
      { GIT_CLEAN_FLAGS: 'none' },
      ['.git', '.gitignore', '.gitmodules', 'README.md', 'cache', 'left.txt', 'vendor'],
    ],
  ])('GIT_CLEAN_FLAGS: %o', async (variables, names) => {
    await using place = await got(variables)
    const order = job(variables)
    await place.script(order, 'mkdir cache; echo kept > cache/kept; echo left > left.txt')
    await place.get(order)
    expect(await folder(place, '.')).toEqual(names)
  })

  test('GIT_CLEAN_FLAGS hold in submodules, too', async () => {
    const variables = { GIT_SUBMODULE_STRATEGY: 'normal', GIT_CLEAN_FLAGS: '-ffdx -e kept.txt' }
    await using place = await got(variables)
    await place.script(job(variables), 'touch vendor/lib/kept.txt vendor/lib/left.txt')
    await place.get(job(variables))
    expect(await folder(place, 'vendor/lib')).toEqual(['.git', '.gitmodules', 'inner', 'kept.txt', 'lib.txt'])
  })

  test.each([
    ['none', [], []],
    ['normal', ['.git', '.gitmodules', 'inner', 'lib.txt'], []],
    ['recursive', ['.git', '.gitmodules', 'inner', 'lib.txt'], ['.git', 'inner.txt']],
  ])('GIT_SUBMODULE_STRATEGY %s', async (strategy, ofLib, ofInner) => {
    await using place = await got({ GIT_SUBMODULE_STRATEGY: strategy })
    expect(await folder(place, 'vendor/lib')).toEqual(ofLib)
    if (ofLib.length > 0) expect(await folder(place, 'vendor/lib/inner')).toEqual(ofInner)
    const recursively = strategy === 'recursive' ? ' recursively' : ''
    expect(place.trace.output).toContain(
      strategy === 'none'
        ? 'Skipping Git submodules setup'
        : `Updating/initializing submodules${recursively} with git depth set to 20...`,
    )
  })

  test.each([
    ['vendor/other', 0, 2],
    [':(exclude)vendor/other', 4, 0],
  ])('GIT_SUBMODULE_PATHS %s', async (paths, ofLib, ofOther) => {
    await using place = await got({ GIT_SUBMODULE_STRATEGY: 'normal', GIT_SUBMODULE_PATHS: paths })
    expect((await folder(place, 'vendor/lib')).length).toBe(ofLib)
    expect((await folder(place, 'vendor/other')).length).toBe(ofOther)
  })

  test.each([
    [{ GIT_SUBMODULE_DEPTH: '1' }, '1'],
    [{}, '2'],
  ])('GIT_SUBMODULE_DEPTH: %o', async (variables, commits) => {
    await using place = await got({ GIT_SUBMODULE_STRATEGY: 'normal', ...variables })
    expect(await inPlace(place, 'vendor/lib', 'rev-list', '--count', 'HEAD')).toBe(commits)
  })

  test('GIT_SUBMODULE_UPDATE_FLAGS: --remote has the newest commit, not the one that is meant', async () => {
    await lib.commit({ 'lib.txt': 'lib three\n' })
    const variables = { GIT_SUBMODULE_STRATEGY: 'normal' }
    await using meant = await got(variables)
    expect(await read(meant, 'vendor/lib/lib.txt')).toBe('lib two\n')
    await using newest = await got({ ...variables, GIT_SUBMODULE_UPDATE_FLAGS: '--remote --jobs 2' })
    expect(await read(newest, 'vendor/lib/lib.txt')).toBe('lib three\n')
  })

  test('GIT_STRATEGY: what is none is told, and the usual one is taken', async () => {
    const order = job({ GIT_STRATEGY: 'pull' })
    await using place = await SourcesPlace.open(order)
    await place.get(order)
    const { ino } = await stat(join(place.projectDirectory, '.git'))
    await place.get(order)
    expect((await stat(join(place.projectDirectory, '.git'))).ino).toBe(ino)
    expect(place.trace.lines).toContain(
      `GIT_STRATEGY: expected either 'clone', 'fetch', 'none' or 'empty' got "pull", using default value: fetch`,
    )
  })

  test('GIT_CHECKOUT false leaves the files of the earlier commit', async () => {
    const newer = await shop.commit({ 'README.md': 'three\n' })
    await using place = await got({})
    await place.get(job({ GIT_CHECKOUT: 'false' }, { sha: newer }))
    expect(await read(place, 'README.md')).toBe('two\n')
    expect(await inPlace(place, '.', 'cat-file', '-t', newer)).toBe('commit')
  })
})
