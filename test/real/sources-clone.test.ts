import { readdir, readFile } from 'node:fs/promises'
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
const NATIVE = { GIT_STRATEGY: 'clone', FF_USE_GIT_NATIVE_CLONE: 'true' }

describeWith(['git'], 'get_sources by git clone', () => {
  const cleanups = new Cleanups()
  let server: GitServer
  let shop: Repository
  let sha: string

  beforeAll(async () => {
    const root = await scratchDir('git', cleanups)
    server = cleanups.use(await startGitServer({ root, token: TOKEN }))
    shop = await Repository.create(join(root, 'acme/shop.git'), join(root, 'work/shop'))
    await shop.commit({ 'README.md': 'one\n', 'src/main.txt': 'main\n' })
    sha = await shop.commit({ 'README.md': 'two\n' })
    await shop.git('tag', 'v1')
    await shop.git('push', '--quiet', 'origin', 'v1', 'HEAD:refs/heads/other')
  })

  afterAll(() => cleanups[Symbol.asyncDispose]())

  const job = (variables: Readonly<Record<string, string>>, git: Partial<Job['git']> = {}): Job =>
    sourcesJob({
      ...{ repoUrl: server.repoUrl('acme/shop.git'), sha, git },
      variables: { ...NATIVE, ...variables },
    })
  const read = (place: SourcesPlace, path: string) => readFile(join(place.projectDirectory, path), 'utf8')
  const inPlace = async (place: SourcesPlace, ...args: string[]) =>
    (await runCommand('git', args, { cwd: place.projectDirectory })).trim()

  test('begins anew with the flags of the job, and keeps the login to itself', async () => {
    const flags = {
      GIT_CLONE_EXTRA_FLAGS: '--filter=blob:none  --config shop.depot=north',
      CI_DEBUG_TRACE: 'true',
    }
    const order = job(flags, { depth: 0 })
    await using place = await SourcesPlace.open(order)
    await place.script(order, 'echo left > left.txt')
    await place.get(order)
    expect(await readdir(place.projectDirectory)).toEqual(['.git', 'README.md', 'src'])
    expect(await read(place, 'README.md')).toBe('two\n')
    expect(await inPlace(place, 'config', 'remote.origin.partialclonefilter')).toBe('blob:none')
    expect(await inPlace(place, 'config', 'shop.depot')).toBe('north')
    expect(await inPlace(place, 'status', '--porcelain')).toBe('')
    expect(place.trace.output).toContain('Cloning repository for main...')
    expect(place.trace.output).not.toContain('Fetching changes')
    expect(place.trace.output).toContain('+ git clone --no-checkout')
    expect(place.trace.output).not.toContain(TOKEN)
    const found = await runCommand('grep', ['-rlF', TOKEN, place.projectDirectory]).catch(() => '')
    expect(found).toBe('')
    // What was left out at first comes when it is needed, with the token that scripts have.
    const { exitCode } = await place.script(order, 'git show HEAD~1:README.md > old.txt')
    expect(exitCode).toBe(0)
    expect(await read(place, 'old.txt')).toBe('one\n')
  })

  test.each(['main', 'refs/heads/main', 'v1'])('gets %s alone, as deep as it is asked for', async (ref) => {
    const order = job({}, { ref, depth: 1 })
    await using place = await SourcesPlace.open(order)
    await place.get(order)
    expect(await inPlace(place, 'rev-list', '--count', 'HEAD')).toBe('1')
    expect(await inPlace(place, 'for-each-ref', 'refs/remotes/origin/other')).toBe('')
    expect(place.trace.output).toContain(`Cloning repository for ${ref} with git depth set to 1...`)
  })

  test('fetches the commit of the pipeline from where it is kept when the branch has gone on', async () => {
    const old = await shop.commit({ 'README.md': 'three\n' })
    await shop.git('push', '--quiet', 'origin', 'HEAD:refs/pipelines/7')
    await shop.git('reset', '--quiet', '--hard', sha)
    await shop.push()
    const order = job({}, { sha: old, refspecs: ['+refs/pipelines/7:refs/pipelines/7'], depth: 1 })
    await using place = await SourcesPlace.open(order)
    await place.get(order)
    expect(await read(place, 'README.md')).toBe('three\n')
    expect(await inPlace(place, 'rev-parse', 'HEAD')).toBe(old)
  })

  test('of a merge request, by a git that can; else it is fetched, and the job is told', async () => {
    await shop.git('push', '--quiet', 'origin', 'HEAD:refs/merge-requests/5/head')
    const ref = 'refs/merge-requests/5/head'
    const merge = { ref, refspecs: [`+${ref}:${ref}`], depth: 20 }
    const order = job({ GIT_CLONE_EXTRA_FLAGS: '--filter=blob:none' }, merge)
    const usage = await runCommand('sh', ['-c', 'git clone -h 2>&1 || true'])
    const isCloned = usage.includes('--revision')
    await using place = await SourcesPlace.open(order)
    await place.get(order)
    expect(await inPlace(place, 'rev-parse', 'HEAD')).toBe(sha)
    expect(await read(place, 'README.md')).toBe('two\n')
    const told = isCloned
      ? `Cloning repository for ${ref} with git depth set to 20...`
      : `WARNING: this git does not clone ${ref}, 2.49 does: it is fetched, GIT_CLONE_EXTRA_FLAGS has no effect`
    expect(place.trace.output).toContain(told)
    expect(place.trace.output.includes('Created fresh repository')).toBe(!isCloned)
  })

  test('clones a second time what could not be checked out the first time', async () => {
    const order = job({ GET_SOURCES_ATTEMPTS: '2' }, { sha: '1'.repeat(40) })
    await using place = await SourcesPlace.open(order)
    await expect(place.get(order)).rejects.toMatchObject({ code: 'script_failure' })
    expect(place.trace.output.match(/Cloning repository for main/g)).toHaveLength(2)
  })

  test('has no effect where the switch is off, which is told of the flags', async () => {
    const order = job({ FF_USE_GIT_NATIVE_CLONE: 'false', GIT_CLONE_EXTRA_FLAGS: '--no-such-flag' })
    await using place = await SourcesPlace.open(order)
    await place.get(order)
    expect(place.trace.output).toContain('Created fresh repository')
    expect(place.trace.lines).toContain('GIT_CLONE_EXTRA_FLAGS has no effect without GIT_STRATEGY "clone"')
  })
})
