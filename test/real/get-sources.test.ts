import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { containerIdIn } from '../../src/cli/run/own-image.ts'
import type { Job } from '../../src/executor/job/job.ts'
import { aJob, anImage, aVariable } from '../support/executor/a-job.ts'
import { type DockerStage, dockerStage, type OpenedJob } from '../support/executor/docker-stage.ts'
import { type EngineWithImages, startEngineWithImages } from '../support/executor/engine-with-images.ts'
import { type GitServer, startGitServer } from '../support/git/git-server.ts'
import { Repository } from '../support/git/repository.ts'
import { SourcesPlace } from '../support/git/sources-place.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'

const TOKEN = 's3cret-of-a-job'

describeWith([...ENGINE, 'docker-registry', 'git', ...IMAGES], 'sources on a Docker Engine', () => {
  const cleanups = new Cleanups()
  let engine: EngineWithImages
  let stage: DockerStage
  let server: GitServer
  let first: string
  let second: string

  beforeAll(async () => {
    engine = cleanups.use(await startEngineWithImages(['git', 'busybox']))
    // As our own image is: not root's.
    await engine.docker('create', '--name', 'helper', 'alpine/git')
    await engine.docker('commit', '--change', 'USER 1000:1000', 'helper', 'helper:1')
    stage = await dockerStage(engine.engine, { toml: 'helper_image = "helper:1"' })
    const root = await scratchDir('git', cleanups)
    server = cleanups.use(await startGitServer({ root, host: engine.engine.hostAddress, token: TOKEN }))
    const inRoot = (path: string) => join(root, path)
    const shop = await Repository.create(inRoot('acme/shop.git'), inRoot('work/shop'))
    const lib = await Repository.create(inRoot('acme/lib.git'), inRoot('work/lib'))
    await lib.commit({ 'lib.txt': 'lib\n' })
    await shop.addSubmodule(inRoot('acme/lib.git'), '../lib.git', 'vendor/lib')
    first = await shop.commit({ 'README.md': 'one\n' })
    second = await shop.commit({ 'README.md': 'two\n' })
  }, IMAGE_BUILD_TIMEOUT_MS)

  afterAll(() => cleanups[Symbol.asyncDispose]())

  /** In an image with git, for its scripts to use it. */
  function job(sha: string, user: string | undefined, token = TOKEN): Job {
    const variables = { CI_JOB_TOKEN: token, GIT_SUBMODULE_STRATEGY: 'recursive' }
    return aJob('', {
      image: anImage('alpine/git', { entrypoint: [''], user }),
      variables: Object.entries(variables).map(([key, value]) => aVariable(key, value)),
      git: { ...aJob('').git, repoUrl: server.repoUrl('acme/shop.git', token), sha },
    })
  }

  async function getSources(opened: OpenedJob, order: Job): Promise<string> {
    const { environment, trace } = opened
    const prepared = await opened.prepare()
    await new SourcesPlace({ environment, prepared }, trace).get(order)
    return prepared.projectDirectory
  }

  test('are of the user of the build, who may use git in them, whoever that was before', async () => {
    for (const [user, sha, content] of [
      ['1000:1000', first, 'one'],
      ['2000:2000', second, 'two'],
      [undefined, first, 'one'],
      ['1000:1000', second, 'two'],
    ] as const) {
      const order = job(sha, user)
      await using opened = stage.open(order)
      const directory = await getSources(opened, order)
      const reused = opened.trace.output.includes('Reinitialized existing Git repository')
      expect([user, reused]).toEqual([user, sha !== first || user === undefined])
      const commands = [
        `cd ${directory}`,
        'id -u',
        'cat README.md vendor/lib/lib.txt',
        'git status --porcelain',
        'git -C vendor/lib log --format=%an',
        'git fetch --quiet origin',
        'echo changed > vendor/lib/lib.txt; echo left > left.txt',
        `grep -rlF ${TOKEN} . ../shop.tmp || echo nothing`,
      ]
      const before = opened.trace.output.length
      const end = await opened.run([`export CI_JOB_TOKEN=${TOKEN} HOME=/tmp`, ...commands].join('\n'))
      expect(opened.trace.output.slice(before)).toBe(
        `${user?.split(':')[0] ?? '0'}\n${content}\nlib\nA Tester\nnothing\n`,
      )
      expect(end.exitCode).toBe(0)
    }
  })

  test('that are refused end the job, which does not show the token', async () => {
    const order = job(first, '1000:1000', 's3cret-of-mallory')
    await using opened = stage.open(order, 1)
    await expect(getSources(opened, order)).rejects.toMatchObject({ code: 'script_failure' })
    expect(opened.trace.output).toContain('Authentication failed for')
    expect(opened.trace.output).not.toContain('mallory')
  })

  test('may be got by the image that this program runs in: a container knows which it is', async () => {
    const told = await engine.docker('run', '--name', 'self', 'busybox:1.35', 'cat', '/proc/self/mountinfo')
    const id = await engine.docker('inspect', '--format', '{{.Id}}', 'self')
    expect(containerIdIn(told)).toBe(id.trim())
  })

  test('need an image with git', async () => {
    const gitless = await dockerStage(engine.engine, { toml: 'helper_image = "busybox:1.35"' })
    const order = job(first, undefined)
    await using opened = gitless.open(order, 2)
    await expect(getSources(opened, order)).rejects.toMatchObject({ exitCode: 1 })
    expect(opened.trace.output).toContain('there is no git in the helper image')
    expect(opened.trace.lines).toMatch(
      /Using helper image: {2}busybox:1\.35 {2}\(overridden, default would be {2}registry\.gitlab\.com\/\S+:x86_64-v\S+ \)/,
    )
  })
})
