import { afterAll, beforeAll, expect, test } from 'vitest'
import { aJob } from '../support/executor/a-job.ts'
import { type DockerStage, dockerStage } from '../support/executor/docker-stage.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { type DockerRegistry, startDockerRegistry } from '../support/real/docker-registry.ts'
import { type Engine, startEngine } from '../support/real/engine.ts'

describeWith([...ENGINE, 'docker-registry', ...IMAGES], 'a job on a Docker Engine', () => {
  let engine: Engine
  let registry: DockerRegistry
  let stage: DockerStage

  beforeAll(async () => {
    engine = await startEngine()
    registry = await startDockerRegistry({ host: engine.hostAddress, images: ['busybox'] })
    await engine.docker('pull', `${registry.address}/library/busybox:1.35`)
    await engine.docker('tag', `${registry.address}/library/busybox:1.35`, 'busybox:1.35')
    stage = await dockerStage(engine)
  })

  afterAll(async () => {
    await registry?.[Symbol.asyncDispose]()
    await engine?.[Symbol.asyncDispose]()
  })

  test('runs a script and tells its exit code', async () => {
    await using job = stage.open(aJob('busybox:1.35'))
    const prepared = await job.prepare()
    expect(prepared.projectDirectory).toBe('/builds/acme/shop')
    expect(await job.run('echo hello; echo trouble >&2; ls -ld /builds/acme/shop; exit 3')).toEqual({
      exitCode: 3,
      explanation: undefined,
    })
    expect(job.trace.output).toContain('hello\n')
    expect(job.trace.stderr).toBe('trouble\n')
    expect(job.trace.output).toBe('')
  })
})
