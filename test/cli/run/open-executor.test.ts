import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openExecutor } from '../../../src/cli/run/open-executor.ts'
import { systemClock } from '../../../src/clock.ts'
import { readRunnerFile } from '../../../src/executor/config/read-runner-file.ts'
import { Engine } from '../../../src/executor/docker/engine.ts'
import { aJob, aVariable } from '../../support/executor/a-job.ts'
import { CollectedTrace } from '../../support/executor/collected-trace.ts'
import { presentImages } from '../../support/executor/present-images.ts'
import { RecordLog } from '../../support/record-log.ts'
import { makeTempDir } from '../../support/temp-dir.ts'

const ANSWERS: Readonly<Record<string, unknown>> = {
  '/info': { Name: 'engine', OSType: 'linux' },
  '/version': { Version: '29.0.0', ApiVersion: '1.52', Arch: 'amd64' },
  '/containers/json': [],
  '/networks': [],
  '/volumes': { Volumes: [] },
}

/** An engine on which nothing is, and that has no images. */
async function startEmptyEngine(path: string): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    const answer = ANSWERS[new URL(request.url ?? '/', 'http://engine').pathname]
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer ?? { message: 'no such thing' }))
  })
  server.listen(path)
  await once(server, 'listening')
  return {
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

test.each([
  ['enabled = false', 'setting GIT_CLONE_PATH is not allowed, enable `custom_build_dir` feature'],
  ['', 'the GIT_CLONE_PATH="/srv/shop" has to be within "/builds"'],
])('what [runners.custom_build_dir] says counts for jobs in containers: %j', async (line, message) => {
  await using dir = await makeTempDir()
  const socket = join(dir.path, 'engine.sock')
  await using _engine = await startEmptyEngine(socket)
  const text = `[[runners]]\n[runners.docker]\n[runners.custom_build_dir]\n${line}\n`
  const file = readRunnerFile(text, { file: 'config.toml', dockerHost: `unix://${socket}`, env: {} })
  const [runner] = file.runners
  if (runner === undefined) throw new Error('no runner was read')
  const engine = new Engine(runner.docker)
  const executor = await openExecutor({
    engine,
    runner,
    opened: { proxy: { mint: () => Promise.reject(new Error('nobody asks for it')) }, group: undefined },
    images: presentImages(engine),
    context: { env: { XDG_CACHE_HOME: dir.path }, clock: systemClock },
    log: new RecordLog(),
  })
  const job = aJob('debian:12', { variables: [aVariable('GIT_CLONE_PATH', '/srv/shop')] })
  const environment = executor.open({ job, trace: new CollectedTrace(), slot: 0 })
  const prepared = environment.prepare(AbortSignal.timeout(10_000))
  await expect(prepared).rejects.toMatchObject({ code: 'runner_configuration_error', message })
  await environment.close()
  await executor.close()
})
