import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
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

/** Real git on both ends; the helper's shell is one of this machine. */
describeWith(['git'], 'get_sources', () => {
  const cleanups = new Cleanups()
  let server: GitServer
  let shop: Repository
  let lib: Repository
  let first: string
  let second: string
  let withLib: string

  beforeAll(async () => {
    const root = await scratchDir('git', cleanups)
    server = cleanups.use(await startGitServer({ root, token: TOKEN }))
    const inRoot = (path: string) => join(root, path)
    shop = await Repository.create(inRoot('acme/shop.git'), inRoot('work/shop'))
    lib = await Repository.create(inRoot('acme/lib.git'), inRoot('work/lib'))
    await lib.commit({ 'lib.txt': 'lib one\n' })
    first = await shop.commit({ 'README.md': 'one\n', 'src/main.txt': 'main\n' })
    second = await shop.commit({ 'README.md': 'two\n' })
    await shop.addSubmodule(inRoot('acme/lib.git'), '../lib.git', 'vendor/lib')
    withLib = await shop.commit({ 'README.md': 'three\n' })
  })

  afterAll(() => cleanups[Symbol.asyncDispose]())

  function job(sha: string, variables: Record<string, string> = {}, special: Partial<Job> = {}): Job {
    const order = { repoUrl: server.repoUrl('acme/shop.git'), sha, variables }
    return sourcesJob({ ...order, ...(special.git && { git: special.git }) }, special)
  }

  const read = (place: SourcesPlace, path: string) => readFile(join(place.projectDirectory, path), 'utf8')
  const inPlace = (place: SourcesPlace, ...args: string[]) =>
    runCommand('git', args, { cwd: place.projectDirectory })

  test('puts the files of the commit in place, in the words that users know', async () => {
    const order = job(first)
    await using place = await SourcesPlace.open(order)
    await place.get(order)
    expect(await read(place, 'README.md')).toBe('one\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is taken away
    expect(place.trace.output.replaceAll(/\x1b\[[0-9;]*m/g, '')).toMatch(
      new RegExp(
        [
          'Fetching changes with git depth set to 20\\.\\.\\.',
          'Created fresh repository\\.',
          'Initialized empty Git repository in .*/builds/acme/shop/\\.git/',
          `Checking out ${first.slice(0, 8)} as detached HEAD \\(ref is main\\)\\.\\.\\.`,
          '\\n?Skipping Git submodules setup',
          '$',
        ].join('\\n'),
      ),
    )
  })

  test('keeps the login out of the repository and out of the log', async () => {
    const order = job(withLib, { GIT_SUBMODULE_STRATEGY: 'normal', CI_DEBUG_TRACE: 'true' })
    await using place = await SourcesPlace.open(order)
    await place.get(order)
    const found = await runCommand('grep', ['-rlF', TOKEN, place.projectDirectory]).catch(() => '')
    expect(found).toBe('')
    expect(await inPlace(place, 'remote', 'get-url', 'origin')).toBe(`${server.origin}/acme/shop.git\n`)
    expect(place.trace.output).toContain('+ git fetch')
    expect(place.trace.output).not.toContain(TOKEN)
    expect(await read(place, 'vendor/lib/lib.txt')).toBe('lib one\n')
  })

  test('lets the scripts of the job fetch with the token that they have', async () => {
    const order = job(withLib, { GIT_SUBMODULE_STRATEGY: 'normal', GIT_DEPTH: '1' })
    await using place = await SourcesPlace.open(order)
    await place.get(order)
    const env = { CI_JOB_TOKEN: TOKEN, GIT_TERMINAL_PROMPT: '0' }
    for (const folder of ['.', 'vendor/lib']) {
      const cwd = join(place.projectDirectory, folder)
      await runCommand('git', ['fetch', '--quiet', 'origin'], { cwd, env })
      const without = runCommand('git', ['fetch', 'origin'], { cwd, env: { ...env, CI_JOB_TOKEN: '' } })
      await expect(without).rejects.toThrow('Authentication failed')
    }
  })

  test('fetches what is new into what an earlier job left, and cleans up', async () => {
    const order = job(first)
    await using place = await SourcesPlace.open(order)
    await place.get(order)
    await writeFile(join(place.projectDirectory, 'left.txt'), 'left')
    await writeFile(join(place.projectDirectory, 'src/main.txt'), 'changed')
    await writeFile(join(place.projectDirectory, '.git/index.lock'), '')
    await writeFile(join(place.projectDirectory, '.git/refs/remotes/origin/main.lock'), '')
    const before = (await stat(join(place.projectDirectory, '.git'))).ino
    await place.get(job(second))
    expect((await stat(join(place.projectDirectory, '.git'))).ino).toBe(before)
    expect(await read(place, 'README.md')).toBe('two\n')
    expect(await read(place, 'src/main.txt')).toBe('main\n')
    expect(await readdir(place.projectDirectory)).toEqual(['.git', 'README.md', 'src'])
    expect(place.trace.output).toContain('Reinitialized existing Git repository')
    expect(place.trace.output.match(/Created fresh repository/g)).toHaveLength(1)
  })

  test('begins anew when it clones', async () => {
    const order = job(first, { GIT_STRATEGY: 'clone', GIT_CLEAN_FLAGS: 'none' })
    await using place = await SourcesPlace.open(order)
    await mkdir(join(place.projectDirectory, '.cache'))
    await place.get(order)
    await place.get(order)
    expect(await readdir(place.projectDirectory)).toEqual(['.git', 'README.md', 'src'])
    expect(place.trace.output.match(/Created fresh repository/g)).toHaveLength(2)
  })

  test('starts nothing that an earlier job put into the repository', async () => {
    const order = job(withLib, { GIT_SUBMODULE_STRATEGY: 'recursive' })
    await using place = await SourcesPlace.open(order)
    await place.get(order)
    const proof = join(place.projectDirectory, '..', 'proof')
    const trap = `touch ${proof}`
    const evil = join(place.projectDirectory, 'evil')
    await runCommand('git', ['init', '--quiet', '--bare', evil])
    for (const folder of ['.git', '.git/modules/vendor/lib', 'evil']) {
      const path = join(place.projectDirectory, folder)
      for (const [key, value] of [
        ['core.fsmonitor', trap],
        ['core.sshCommand', trap],
        ['credential.helper', `!${trap}`],
        ['filter.x.smudge', trap],
      ] as const) {
        await runCommand('git', ['config', '--file', join(path, 'config'), key, value])
      }
      await mkdir(join(path, 'hooks'), { recursive: true })
      await writeFile(join(path, 'hooks/post-checkout'), `#!/bin/sh\n${trap}\n`, { mode: 0o755 })
      await mkdir(join(path, 'info'), { recursive: true })
      await writeFile(join(path, 'info/attributes'), '* filter=x\n')
    }
    await writeFile(join(place.projectDirectory, '.git/commondir'), '../evil\n')
    await writeFile(join(place.projectDirectory, 'vendor/lib/.git'), `gitdir: ${evil}\n`)
    await place.get(order)
    await rm(join(place.projectDirectory, '.git'), { recursive: true })
    await symlink(evil, join(place.projectDirectory, '.git'))
    await place.get(order)
    await expect(stat(proof)).rejects.toThrow('ENOENT')
    expect(await read(place, 'vendor/lib/lib.txt')).toBe('lib one\n')
  })

  test('brings submodules up to date in what an earlier job left', async () => {
    const order = job(withLib, { GIT_SUBMODULE_STRATEGY: 'recursive', GIT_SUBMODULE_DEPTH: '1' })
    await using place = await SourcesPlace.open(order)
    await place.get(order)
    await writeFile(join(place.projectDirectory, 'vendor/lib/left.txt'), 'left')
    await writeFile(join(place.projectDirectory, 'vendor/lib/lib.txt'), 'changed')
    await lib.commit({ 'lib.txt': 'lib two\n' })
    await shop.git('submodule', '--quiet', 'update', '--remote')
    const newer = await shop.commit({ 'README.md': 'four\n' })
    await place.get({ ...order, git: { ...order.git, sha: newer } })
    expect(await read(place, 'vendor/lib/lib.txt')).toBe('lib two\n')
    expect(await readdir(join(place.projectDirectory, 'vendor/lib'))).toEqual(['.git', 'lib.txt'])
    expect(place.trace.output).not.toContain('Retrying')
  })

  test('fetches submodules named by SSH by HTTP where that is asked for', async () => {
    await shop.git(
      'config',
      '--file',
      '.gitmodules',
      'submodule.vendor/lib.url',
      'git@git.example.com:acme/lib.git',
    )
    const sha = await shop.commit({ 'README.md': 'five\n' })
    const variables = {
      GIT_SUBMODULE_STRATEGY: 'normal',
      GIT_SUBMODULE_FORCE_HTTPS: 'true',
      CI_SERVER_SHELL_SSH_HOST: 'git.example.com',
      CI_SERVER_URL: server.origin,
    }
    const order = job(sha, variables)
    await using place = await SourcesPlace.open(order)
    await place.get(order)
    expect(await read(place, 'vendor/lib/lib.txt')).toMatch(/^lib/)
  })

  test('gets the rest of the history where the repository has a part of it', async () => {
    const order = job(second, {}, { git: { ...job(second).git, depth: 1 } })
    await using place = await SourcesPlace.open(job(second))
    const newest = await shop.git('rev-parse', 'HEAD')
    await place.get({ ...order, git: { ...order.git, sha: newest } })
    expect(await inPlace(place, 'rev-list', '--count', 'HEAD')).toBe('1\n')
    await place.get({ ...order, git: { ...order.git, sha: newest, depth: 0 } })
    expect(Number(await inPlace(place, 'rev-list', '--count', 'HEAD'))).toBeGreaterThan(3)
    expect(place.trace.output).toContain('Fetching changes...')
  })

  test('takes all branches and tags where the server names none', async () => {
    const bare = { ...job(second).git, refspecs: [], depth: 0, ref: 'refs/heads/main' }
    const order = job(second, {}, { git: bare })
    await using place = await SourcesPlace.open(order)
    await place.get(order)
    expect(await read(place, 'README.md')).toBe('two\n')
    expect(place.trace.output).toContain('(ref is main)')
  })

  test('fails over a wrong token, and does not show it', async () => {
    const git = { ...job(first).git, repoUrl: server.repoUrl('acme/shop.git', 's3cret-of-mallory') }
    const order = job(first, {}, { git })
    await using place = await SourcesPlace.open(order)
    await expect(place.get(order)).rejects.toMatchObject({ code: 'script_failure', exitCode: 128 })
    expect(place.trace.output).toContain(`Authentication failed for '${server.origin}/acme/shop.git/'`)
    expect(place.trace.output).not.toContain('mallory')
  })

  test('says so when the commit is gone', async () => {
    const gone = '1'.repeat(40)
    const order = job(gone)
    await using place = await SourcesPlace.open(order)
    await expect(place.get(order)).rejects.toMatchObject({ exitCode: 1 })
    expect(place.trace.output).toContain(`reference is not a tree: commit ${gone}`)
    expect(place.trace.output).toContain('older than the last 20 commits (GIT_DEPTH)')
  })

  test('tries again after taking everything away, a broken repository too', async () => {
    const order = job(first, { GET_SOURCES_ATTEMPTS: '2' })
    await using place = await SourcesPlace.open(order)
    await place.get(order)
    await rm(join(place.projectDirectory, '.git/objects'), { recursive: true })
    await writeFile(join(place.projectDirectory, '.git/objects'), 'no folder')
    await place.get(order)
    expect(await read(place, 'README.md')).toBe('one\n')
    expect(place.trace.lines).toContain(
      'Deleting all tracked and untracked files due to source fetch failure',
    )
  })

  test('runs the hooks around it, those of the runner outside', async () => {
    const hooks = [
      { name: 'pre_get_sources_script', script: ['echo job-before'] },
      { name: 'post_get_sources_script', script: ['cat README.md'] },
    ]
    const order = job(first, {}, { hooks })
    await using place = await SourcesPlace.open(order)
    const settings = { preGetSourcesScript: 'echo runner-before', postGetSourcesScript: 'echo runner-after' }
    await place.get(order, settings)
    const said = place.trace.stdout.split('\n').filter((line) => /^(job|runner|one)/.test(line))
    expect(said).toEqual(['runner-before', 'job-before', 'one', 'runner-after'])
  })

  test('leaves everything alone, or has nothing, when told to', async () => {
    await using place = await SourcesPlace.open(job(first))
    await writeFile(join(place.projectDirectory, 'left.txt'), 'left')
    await place.get(job(first, { GIT_STRATEGY: 'none' }))
    expect(place.trace.lines).toBe(
      'Skipping Git repository setup\nSkipping Git checkout\nSkipping Git submodules setup\n',
    )
    expect(await readdir(place.projectDirectory)).toEqual(['left.txt'])
    await place.get(job(first, { GIT_STRATEGY: 'empty' }))
    expect(await readdir(place.projectDirectory)).toEqual([])
  })

  test('fetches without checking out', async () => {
    const order = job(first, { GIT_CHECKOUT: 'false' })
    await using place = await SourcesPlace.open(order)
    await place.get(order)
    expect(await readdir(place.projectDirectory)).toEqual(['.git'])
    expect(place.trace.output).toContain('Skipping Git checkout')
  })
})
