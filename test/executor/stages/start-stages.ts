import { onTestFinished } from 'vitest'
import { systemClock } from '../../../src/clock.ts'
import { readJob } from '../../../src/executor/job/read-job.ts'
import { runJob } from '../../../src/executor/run/run-job.ts'
import { LocalCacheStore } from '../../../src/executor/stages/caches/local-cache-store.ts'
import { jobStages } from '../../../src/executor/stages/job-stages.ts'
import { JobTrace } from '../../../src/executor/trace/job-trace.ts'
import { LocalExecutor } from '../../support/executor/local-executor.ts'
import { MemoryArtifacts } from '../../support/executor/memory-artifacts.ts'
import { PLAIN_SETTINGS } from '../../support/executor/plain-settings.ts'
import { RecordLog } from '../../support/record-log.ts'
import { makeTempDir } from '../../support/temp-dir.ts'
import { CollectingSink } from '../trace/collecting-sink.ts'

/** Runs jobs in shells of this machine, with stages around them that share one cache and one store of artifacts. */
export async function startStages() {
  const directory = await makeTempDir()
  onTestFinished(() => directory[Symbol.asyncDispose]())
  const artifacts = new MemoryArtifacts()
  const caches = new LocalCacheStore({
    directory: `${directory.path}/caches`,
    maxBytes: 100_000_000,
    clock: systemClock,
  })
  let lastId = 0

  const run = async (payload: object, sources = 'true') => {
    const id = ++lastId
    const job = readJob({
      id,
      job_info: { name: 'job' },
      steps: [{ name: 'script', script: ['true'] }],
      ...payload,
    })
    const sink = new CollectingSink()
    const trace = new JobTrace({
      sink,
      clock: systemClock,
      hasSections: false,
      hasTimestamps: false,
      limitBytes: 1_000_000,
      tokenPrefixes: [],
    })
    const stages = jobStages(job, {
      sources: {
        name: 'get_sources',
        title: 'Getting sources',
        run: async ({ environment, prepared }, signal) => {
          const script = `cd ${prepared.projectDirectory}\n${sources}`
          await environment.run({ name: 'get_sources', container: 'helper', script }, signal)
        },
      },
      caches,
      cacheProject: 'acme/shop',
      artifacts,
      trace,
      temporaryDirectory: `${directory.path}/tmp`,
    })
    const result = await runJob({
      job,
      executor: new LocalExecutor(),
      trace,
      clock: systemClock,
      log: new RecordLog(),
      slot: 0,
      settings: PLAIN_SETTINGS,
      stages,
      cancel: new AbortController().signal,
      abort: new AbortController().signal,
    })
    const lines = sink.text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is taken away
      .replaceAll(/\x1b\[[0-9;]*[mK]/g, '')
      .replaceAll(/\(\/[^)]*\/builds\/acme\/shop\)/g, '(/builds/acme/shop)')
      .split('\n')
    return { id, result, lines, after: (title: string) => lines.slice(lines.indexOf(title) + 1) }
  }
  return { run, artifacts, caches, directory: directory.path }
}

/** A job whose script is this, before what is special about it. */
export function script(...commands: string[]) {
  return { steps: [{ name: 'script', script: commands }] }
}

/** As a server names an earlier job. */
export function dependencyOn(id: number) {
  return { id, token: 'a-token', name: 'build', artifacts_file: { filename: 'artifacts.zip', size: 1 } }
}
