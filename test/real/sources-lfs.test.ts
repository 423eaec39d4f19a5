import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Job } from '../../src/executor/job/job.ts'
import { type GitServer, startGitServer } from '../support/git/git-server.ts'
import { Repository } from '../support/git/repository.ts'
import { sourcesJob } from '../support/git/sources-job.ts'
import { SourcesPlace } from '../support/git/sources-place.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'

const TOKEN = 's3cret-of-a-job'
const ATTRIBUTES = '*.bin filter=lfs diff=lfs merge=lfs -text\n'

describeWith(['git', 'git-lfs'], 'get_sources with large files', () => {
  const cleanups = new Cleanups()
  let server: GitServer
  let sha: string
  let pointer: string

  beforeAll(async () => {
    const root = await scratchDir('git', cleanups)
    server = cleanups.use(await startGitServer({ root, token: TOKEN }))
    const inRoot = (path: string) => join(root, path)
    const shop = await Repository.create(inRoot('acme/shop.git'), inRoot('work/shop'))
    const lib = await Repository.create(inRoot('acme/lib.git'), inRoot('work/lib'))
    pointer = server.lfs.add('large\n')
    await lib.commit({ '.gitattributes': ATTRIBUTES, 'lib.bin': server.lfs.add('large of lib\n') })
    await shop.addSubmodule(inRoot('acme/lib.git'), '../lib.git', 'vendor/lib')
    sha = await shop.commit({ '.gitattributes': ATTRIBUTES, 'a.bin': pointer, 'deep/b.bin': pointer })
  })

  beforeEach(() => {
    server.lfs.sent.length = 0
  })

  afterAll(() => cleanups[Symbol.asyncDispose]())

  const job = (variables: Readonly<Record<string, string>> = {}, token = TOKEN): Job =>
    sourcesJob({ repoUrl: server.repoUrl('acme/shop.git', token), sha, variables })
  const read = (place: SourcesPlace, path: string) => readFile(join(place.projectDirectory, path), 'utf8')

  test('puts them in place, each fetched once, with the login of the job, which is kept nowhere', async () => {
    const order = job()
    await using place = await SourcesPlace.open(order)
    await place.get(order)
    expect(await read(place, 'a.bin')).toBe('large\n')
    expect(await read(place, 'deep/b.bin')).toBe('large\n')
    expect(server.lfs.sent).toHaveLength(1)
    const { exitCode } = await place.script(
      order,
      '! grep -rlF "$CI_JOB_TOKEN" . || exit 3',
      'git status --porcelain',
    )
    expect(exitCode).toBe(0)
    expect(place.trace.output).not.toContain(' M ')
    expect(place.trace.output).not.toContain(TOKEN)
  })

  test('has them already when an earlier job left them', async () => {
    const order = job()
    await using place = await SourcesPlace.open(order)
    await place.get(order)
    await place.script(order, 'echo changed > a.bin')
    await place.get(order)
    expect(await read(place, 'a.bin')).toBe('large\n')
    expect(server.lfs.sent).toHaveLength(1)
  })

  test('puts those of submodules in place', async () => {
    const order = job({ GIT_SUBMODULE_STRATEGY: 'recursive' })
    await using place = await SourcesPlace.open(order)
    await place.get(order)
    expect(await read(place, 'vendor/lib/lib.bin')).toBe('large of lib\n')
    expect(server.lfs.sent).toHaveLength(2)
  })

  test('leaves pointers with GIT_LFS_SKIP_SMUDGE, in submodules too', async () => {
    const order = job({ GIT_LFS_SKIP_SMUDGE: 'true', GIT_SUBMODULE_STRATEGY: 'normal' })
    await using place = await SourcesPlace.open(order)
    await place.get(order)
    expect(await read(place, 'a.bin')).toBe(pointer)
    expect(await read(place, 'vendor/lib/lib.bin')).toMatch(/^version https:\/\/git-lfs/)
    expect(server.lfs.sent).toEqual([])
  })

  test('does so where nobody has set git-lfs up', async () => {
    const order = job({ GIT_CONFIG_SYSTEM: '/dev/null' })
    await using place = await SourcesPlace.open(order)
    await place.get(order)
    expect(await read(place, 'a.bin')).toBe('large\n')
    expect(place.trace.output).not.toContain('not installed for this repository')
  })

  test('ends the job when one is not there', async () => {
    const root = await scratchDir('git-lost', cleanups)
    await using empty = await startGitServer({ root, token: TOKEN })
    const shop = await Repository.create(join(root, 'acme/shop.git'), join(root, 'work/shop'))
    const lost = await shop.commit({ '.gitattributes': ATTRIBUTES, 'a.bin': pointer })
    const order = sourcesJob({ repoUrl: empty.repoUrl('acme/shop.git'), sha: lost })
    await using place = await SourcesPlace.open(order)
    await expect(place.get(order)).rejects.toMatchObject({ code: 'script_failure', exitCode: 2 })
    expect(place.trace.output).toContain('Object does not exist')
  })
})
