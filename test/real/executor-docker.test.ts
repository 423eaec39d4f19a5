import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { frame } from '../../src/executor/script/frame.ts'
import { aJob, anImage } from '../support/executor/a-job.ts'
import { type DockerStage, dockerStage } from '../support/executor/docker-stage.ts'
import { type EngineWithImages, startEngineWithImages } from '../support/executor/engine-with-images.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'

describeWith([...ENGINE, 'docker-registry', ...IMAGES], 'a job on a Docker Engine', () => {
  const cleanups = new Cleanups()
  let engine: EngineWithImages
  let stage: DockerStage
  let dir: string

  beforeAll(async () => {
    engine = await startEngineWithImages(['busybox', 'debian'])
    stage = await dockerStage(engine.engine)
    dir = await scratchDir('seccomp', cleanups)
  }, IMAGE_BUILD_TIMEOUT_MS)

  afterAll(async () => {
    await engine?.[Symbol.asyncDispose]()
    await cleanups[Symbol.asyncDispose]()
  })

  test('runs a script, and tells outputs and exit code apart', async () => {
    await using job = stage.open(aJob('busybox:1.35'))
    const prepared = await job.prepare()
    expect(prepared.projectDirectory).toBe('/builds/acme/shop')
    expect(await job.run('echo hello; echo trouble >&2; exit 3')).toEqual({
      exitCode: 3,
      explanation: undefined,
    })
    expect(job.trace.output).toContain('hello\n')
    expect(job.trace.stderr).toBe('trouble\n')
    expect(job.trace.lines).toContain('Using Docker executor with image busybox:1.35 ...\n')
  })

  test('keeps what a stage leaves for the next: files everywhere, and no processes', async () => {
    await using job = stage.open(aJob('debian:12'))
    await job.prepare()
    await job.run('echo one > /tmp/left; sleep 100 >/dev/null 2>&1 & export GONE=1')
    const end = await job.run(
      'cat /tmp/left; echo "[$GONE]"; grep -lx sleep /proc/[0-9]*/comm 2>/dev/null || echo alone',
    )
    expect(end.exitCode).toBe(0)
    expect(job.trace.output).toBe('one\n[]\nalone\n')
  })

  test('writes to the project directory as any user', async () => {
    await using job = stage.open(aJob('debian:12', { image: anImage('debian:12', { user: '1000:1000' }) }))
    const { projectDirectory, temporaryDirectory } = await job.prepare()
    const script = `id -u; echo x > ${projectDirectory}/file; echo y > ${temporaryDirectory}/file; echo z > /cache/file`
    expect(await job.run(script)).toMatchObject({ exitCode: 0 })
    expect(job.trace.output).toBe('1000\n')
  })

  test('gives the directories to the user of the image, and what the helper writes', async () => {
    const users = 'echo ci:x:1234:77::/:/bin/sh >> /etc/passwd; echo staff:x:55: >> /etc/group'
    await engine.docker('run', '--name', 'known', 'busybox:1.35', 'sh', '-c', users)
    await engine.docker('commit', '--change', 'USER ci', 'known', 'named:1')
    await engine.docker('rm', 'known')
    const owned = await dockerStage(engine.engine, { toml: 'helper_image = "busybox:1.35"' })
    for (const [user, owner] of [
      [undefined, '1234:77'],
      ['ci:staff', '1234:55'],
      ['1234', '1234:77'],
      ['999', '999:0'],
      ['0', '0:0'],
    ]) {
      const image = anImage('named:1', { user })
      await using job = owned.open(aJob('', { image, allowGitFetch: false }))
      const { projectDirectory, temporaryDirectory } = await job.prepare()
      const script = frame(`mkdir ${projectDirectory}/in; echo 1 > ${projectDirectory}/in/file; exit 3`)
      const stage = { name: 'get_sources', container: 'helper', script } as const
      expect((await job.environment.run(stage, AbortSignal.timeout(60_000))).exitCode).toBe(3)
      await job.run(`cd ${projectDirectory}; stat -c %u:%g . in in/file ${temporaryDirectory} /builds /cache`)
      expect(job.trace.output).toBe(`${owner}\n`.repeat(6))
    }
  })

  test('a fetched project is there for the next job of the project, a cloned one is not', async () => {
    const strategies = [
      { allowGitFetch: true, seen: 'left\n' },
      { allowGitFetch: false, seen: '' },
    ]
    for (const { allowGitFetch, seen } of strategies) {
      for (const read of [false, true]) {
        await using job = stage.open(aJob('busybox:1.35', { allowGitFetch }), allowGitFetch ? 1 : 2)
        await job.prepare()
        await job.run(read ? 'cat /builds/acme/shop/note || true' : 'echo left > /builds/acme/shop/note')
        if (read) expect(job.trace.output.replace(/^cat:.*\n/, '')).toBe(seen)
      }
    }
  })

  test('what file variables hold is not there for the next job of the project', async () => {
    for (const number of [1, 2]) {
      await using job = stage.open(aJob('busybox:1.35', { allowGitFetch: true }), 3)
      const { temporaryDirectory } = await job.prepare()
      expect(
        await job.run(`ls -A ${temporaryDirectory}; echo secret > ${temporaryDirectory}/KEY`),
      ).toMatchObject({
        exitCode: 0,
      })
      expect([number, job.trace.output]).toEqual([number, ''])
    }
  })

  test('gives the engine the seccomp profile that the settings name', async () => {
    const profile = join(dir, 'profile.json')
    const rules = [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }]
    await writeFile(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: rules }))
    const strict = await dockerStage(engine.engine, { toml: `security_opt = ["seccomp=${profile}"]` })
    await using job = strict.open(aJob('busybox:1.35'))
    await job.prepare()
    expect(await job.run('touch /tmp/file; mkdir /tmp/folder')).toMatchObject({ exitCode: 1 })
    expect(job.trace.stderr).toContain('Operation not permitted')
  })

  test('asks the engine for privileges where the settings say so, for the images that they allow', async () => {
    const toml = 'privileged = true\nallowed_privileged_images = ["busybox:*"]'
    const privileged = await dockerStage(engine.engine, { toml })
    for (const [image, isPrivileged] of [
      ['busybox:1.35', 'true'],
      ['debian:12', 'false'],
    ] as const) {
      await using job = privileged.open(aJob(image, { id: 44 }))
      await job.prepare()
      const [container = ''] = await engine.leftOf(44)
      const name = container.replace('container ', '')
      const told = await engine.docker('inspect', '--format', '{{.HostConfig.Privileged}}', name)
      expect([image, told.trim()]).toEqual([image, isPrivileged])
    }
  })

  test('is found under the name build in a network of its own', async () => {
    await using job = stage.open(aJob('debian:12'))
    await job.prepare()
    expect(await job.run('getent hosts build')).toMatchObject({ exitCode: 0 })
    expect(
      await engine.docker('network', 'ls', '--quiet', '--filter', 'label=entrepot.executor.job=42'),
    ).not.toBe('')
  })

  test('leaves nothing behind', async () => {
    const job = stage.open(aJob('busybox:1.35', { id: 43, allowGitFetch: false }))
    await job.prepare()
    await job.run('true')
    expect(await engine.leftOf(43)).not.toEqual([])
    await job.environment.close()
    expect(await engine.leftOf(43)).toEqual([])
    expect(stage.log.lines).toEqual([])
  })

  test('moves archives in and out', async () => {
    await using job = stage.open(aJob('busybox:1.35'))
    const { projectDirectory } = await job.prepare()
    await job.run(`mkdir -p ${projectDirectory}/out; echo content > ${projectDirectory}/out/file`)
    const tar = await job.environment.readArchive(`${projectDirectory}/out`, new AbortController().signal)
    await job.environment.writeArchive('/tmp', tar ?? Readable.from([]), new AbortController().signal)
    expect(await job.run('cat /tmp/out/file')).toMatchObject({ exitCode: 0 })
    expect(job.trace.output).toBe('content\n')
  })
})
