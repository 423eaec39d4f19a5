import { readExecutorOptions } from './executor-options.ts'
import type {
  GitInfo,
  Job,
  JobArtifact,
  JobCache,
  JobDependency,
  JobImage,
  JobService,
  JobVariable,
} from './job.ts'
import { JobInvalid } from './job-invalid.ts'
import { type Payload, type PayloadImage, type PayloadVariable, payloadSchema } from './payload.ts'

/** Of a job whose server names no time. */
const DEFAULT_TIMEOUT_MS = 2 * 60 * 60_000

/**
 * Reads what a server sent, or what a file holds, as a job.
 * @param payload parsed JSON
 * @throws JobInvalid with every mistake and its place
 */
export function readJob(payload: unknown): Job {
  const read = payloadSchema.safeParse(payload)
  if (!read.success) {
    throw new JobInvalid(
      read.error.issues.map(({ path, message }) => ({ path: pathText(path), message: lowerFirst(message) })),
    )
  }
  const { data } = read
  const steps = data.steps.map((step) => ({
    name: step.name === '' ? 'script' : step.name,
    script: step.script,
    timeoutMs: step.timeout === 0 ? undefined : step.timeout * 1000,
    when: step.when,
    allowFailure: step.allow_failure,
  }))
  if (steps.length === 0) throw new JobInvalid([{ path: 'steps', message: 'a job needs at least one step' }])
  const image = readImage(data.image, 'image')
  const services = data.services.map(readService)
  const git = readGit(data.git_info)
  return {
    id: data.id,
    token: data.token,
    info: {
      name: data.job_info?.name ?? '',
      stage: data.job_info?.stage ?? '',
      projectId: data.job_info?.project_id ?? 0,
      projectName: data.job_info?.project_name ?? '',
      projectPath: data.job_info?.project_full_path,
      pipelineId: data.job_info?.pipeline_id || undefined,
    },
    git,
    allowGitFetch: data.allow_git_fetch,
    timeoutMs: data.runner_info?.timeout ? data.runner_info.timeout * 1000 : DEFAULT_TIMEOUT_MS,
    variables: data.variables.map(readVariable),
    steps,
    hooks: data.hooks,
    image: image?.image,
    services: services.map(({ service }) => service),
    artifacts: data.artifacts.map(readArtifact),
    caches: data.cache.map((cache) => readCache(cache, `${data.job_info?.name ?? ''}/${git.ref}`)),
    credentials: data.credentials
      .filter(({ type, url }) => type === 'registry' && url !== '')
      .map(({ url, username, password }) => ({
        registry: url.replace(/^https?:\/\//, ''),
        username,
        password,
      })),
    dependencies: data.dependencies.map(readDependency),
    features: {
      traceSections: data.features?.trace_sections ?? false,
      tokenMaskPrefixes: data.features?.token_mask_prefixes ?? [],
      failureReasons: data.features?.failure_reasons ?? [],
    },
    unsupported: [image, ...services].flatMap((read) => read?.unsupported ?? []),
  }
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('')
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1)
}

function readVariable({ key, value, ...flags }: PayloadVariable): JobVariable {
  return {
    key,
    value,
    isPublic: flags.public,
    isMasked: flags.masked,
    isRaw: flags.raw,
    isFile: flags.file,
  }
}

/** AlloyCI and old servers name refs in full, and tags as branches. */
function readGit(git: Payload['git_info']): GitInfo {
  const ref = git?.ref ?? ''
  return {
    repoUrl: git?.repo_url ?? '',
    ref: ref.replace(/^refs\/(heads|tags)\//, ''),
    refType: ref.startsWith('refs/tags/') ? 'tag' : (git?.ref_type ?? 'branch'),
    sha: git?.sha ?? '',
    beforeSha: git?.before_sha ?? '',
    refspecs: git?.refspecs ?? [],
    depth: git?.depth ?? 0,
    objectFormat: git?.repo_object_format ?? 'sha1',
    isProtected: git?.protected ?? false,
  }
}

/** @returns undefined for an image without a name: the runner's is used */
function readImage(
  image: PayloadImage | undefined,
  kind: 'image' | 'service',
): { image: JobImage; unsupported: readonly string[] } | undefined {
  if (image === undefined || image.name === '') return undefined
  const { platform, user, unsupported } = readExecutorOptions(image.executor_opts, kind)
  return {
    image: {
      name: image.name,
      entrypoint: image.entrypoint,
      pullPolicies: image.pull_policy,
      platform,
      user,
    },
    unsupported,
  }
}

/** A service without a name is kept: it is refused where the job is prepared, in words that its author sees. */
function readService(service: Payload['services'][number]): {
  service: JobService
  unsupported: readonly string[]
} {
  const { platform, user, unsupported } = readExecutorOptions(service.executor_opts, 'service')
  return {
    service: {
      name: service.name,
      entrypoint: service.entrypoint,
      pullPolicies: service.pull_policy,
      platform,
      user,
      alias: service.alias,
      command: service.command,
      variables: service.variables.map(readVariable),
    },
    unsupported,
  }
}

function readArtifact(artifact: Payload['artifacts'][number]): JobArtifact {
  return {
    name: artifact.name,
    paths: artifact.paths,
    exclude: artifact.exclude,
    isUntracked: artifact.untracked,
    when: artifact.when,
    expireIn: artifact.expire_in,
    type: artifact.artifact_type ?? 'archive',
    format: artifact.artifact_format,
  }
}

function readCache(cache: Payload['cache'][number], defaultKey: string): JobCache {
  return {
    key: cache.key === '' ? defaultKey : cache.key,
    fallbackKeys: cache.fallback_keys.filter((key) => key !== ''),
    paths: cache.paths,
    isUntracked: cache.untracked,
    policy: cache.policy ?? 'pull-push',
    when: cache.when,
  }
}

function readDependency(dependency: Payload['dependencies'][number]): JobDependency {
  const file = dependency.artifacts_file
  return {
    id: dependency.id,
    token: dependency.token,
    name: dependency.name,
    artifacts:
      file === undefined || file.filename === ''
        ? undefined
        : { filename: file.filename, sizeBytes: file.size },
  }
}
