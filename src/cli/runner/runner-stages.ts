import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LocalCacheStore } from '../../executor/stages/caches/local-cache-store.ts'
import { jobStages } from '../../executor/stages/job-stages.ts'
import { sourcesStage } from '../../executor/stages/sources/sources-stage.ts'
import { CoordinatorArtifacts } from '../../runner/coordinator-artifacts.ts'
import type { OpenedCoordinator } from '../../runner/protocol/open-coordinator.ts'
import type { OpenedRunner } from '../../runner/runner.ts'
import type { CliContext } from '../context.ts'
import { jobCaches } from '../user-directories.ts'
import type { RegisteredSettings } from './runner-file.ts'

/** What is done around the steps of a runner's jobs: artifacts are the server's, caches this machine's. */
export function runnerStages(
  settings: RegisteredSettings,
  { files }: OpenedCoordinator,
  { clock, env }: CliContext,
): OpenedRunner['stagesOf'] {
  const directory = jobCaches(env)
  const { cacheMaxBytes: maxBytes, cacheKeepMs: maxAgeMs } = settings.docker
  const caches = new LocalCacheStore({ directory, maxBytes, maxAgeMs, clock })
  const artifacts = new CoordinatorArtifacts(files, clock)
  const temporaryDirectory = join(env.TMPDIR || tmpdir(), 'entrepot-jobs')
  return (job, trace) =>
    jobStages(job, {
      sources: sourcesStage({ job, trace, settings }),
      caches,
      cacheProject: `${settings.url} ${job.info.projectId}`,
      artifacts,
      trace,
      temporaryDirectory,
    })
}
