import type { GitInfo, Job, JobDependency, JobRegistryCredential, JobStep } from '../../executor/job/job.ts'
import type { ImageConfig, ServiceConfig } from '../config/image-config.ts'
import type { JobConfig } from '../config/job-config.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import type { PlannedJob } from '../plan/planned-job.ts'
import { alloyJobVariables } from '../variables/alloy-variables.ts'
import { expandVariables } from '../variables/expand-variables.ts'
import { fromConfig, type OriginVariable, predefined } from '../variables/origin-variable.ts'
import { compileArtifacts } from './compile-artifacts.ts'
import { compileCache } from './compile-cache.ts'

/** GitLab's own, when the project does not say otherwise. */
const DEFAULT_TIMEOUT_MS = 60 * 60_000

/** What is known of a job only when it is run. */
export interface JobStart {
  readonly id: number
  /** CI_JOB_TOKEN. Secret. */
  readonly token: string
  readonly startedAt: number
  readonly runner: RunnerFacts
  readonly git: GitInfo
  /** Those that the jobs before left in their dotenv reports. */
  readonly reported: readonly OriginVariable[]
  /** In the order in which their artifacts are unpacked. */
  readonly dependencies: readonly JobDependency[]
  readonly credentials: readonly JobRegistryCredential[]
}

/** What a job is told of whoever runs it. */
export interface RunnerFacts {
  readonly description: string
  readonly version: string
  /** Of its program: `linux/amd64`. */
  readonly architecture: string
}

/** A planned job as executors run it. Its variables are expanded as far as GitLab does it. */
export function compileJob(planned: PlannedJob, context: PipelineContext, start: JobStart): Job {
  const { config, name } = planned
  const ofRun = runVariables(planned, context, start)
  const known = context.project.dialect === 'alloy' ? alloyJobVariables(ofRun) : ofRun
  const scope = planned.scope.with([...known, ...start.reported])
  return {
    id: start.id,
    token: start.token,
    info: {
      name,
      stage: config.stage,
      projectId: context.project.id,
      projectName: context.project.name,
      projectPath: context.project.path,
      pipelineId: context.run.id,
    },
    git: start.git,
    allowGitFetch: false,
    timeoutMs: config.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    variables: expandVariables(scope.variables).map(({ origin, ...variable }) => variable),
    steps: compileSteps(config),
    hooks:
      config.preGetSourcesScript.length === 0
        ? []
        : [{ name: 'pre_get_sources_script', script: config.preGetSourcesScript }],
    image: config.image === undefined ? undefined : compileImage(config.image),
    services: config.services.map(compileService),
    artifacts: compileArtifacts(config.artifacts),
    caches: config.caches.map((cache) => compileCache(cache, context.files, (path) => scope.expand(path))),
    credentials: start.credentials,
    dependencies: start.dependencies,
    features: { traceSections: true, tokenMaskPrefixes: [], failureReasons: [] },
    unsupported: [],
  }
}

function runVariables(
  { when, config }: PlannedJob,
  { project }: PipelineContext,
  { id, token, startedAt, runner }: JobStart,
): readonly OriginVariable[] {
  const repository = new URL(`${project.url}.git`)
  repository.username = 'gitlab-ci-token'
  repository.password = token
  const known = {
    CI_JOB_ID: String(id),
    CI_JOB_URL: `${project.url}/-/jobs/${id}`,
    CI_JOB_STARTED_AT: new Date(startedAt).toISOString(),
    CI_JOB_MANUAL: when === 'manual' || config.when === 'manual' ? 'true' : undefined,
    CI_RUNNER_ID: '1',
    CI_RUNNER_DESCRIPTION: runner.description,
    CI_RUNNER_VERSION: runner.version,
    CI_RUNNER_EXECUTABLE_ARCH: runner.architecture,
    CI_RUNNER_TAGS: project.dialect === 'alloy' ? config.tags.join(',') : JSON.stringify(config.tags),
    CI_REGISTRY_USER: 'gitlab-ci-token',
  }
  const secret = { CI_JOB_TOKEN: token, CI_REGISTRY_PASSWORD: token, CI_REPOSITORY_URL: repository.href }
  return [...predefined(known), ...predefined(secret, { isPublic: false, isMasked: true })]
}

/** The scripts that come before share a shell with the job's own. */
function compileSteps({ beforeScript, script, afterScript }: JobConfig): readonly JobStep[] {
  const main: JobStep = {
    name: 'script',
    script: [...beforeScript, ...script],
    timeoutMs: undefined,
    when: 'on_success',
    allowFailure: false,
  }
  if (afterScript.length === 0) return [main]
  const after: JobStep = {
    ...main,
    name: 'after_script',
    script: afterScript,
    when: 'always',
    allowFailure: true,
  }
  return [main, after]
}

function compileImage({ at, ...image }: ImageConfig) {
  return image
}

function compileService({ at, variables, ...service }: ServiceConfig) {
  const own = fromConfig('job', variables).map(({ origin, ...variable }) => variable)
  return { ...service, variables: own }
}
