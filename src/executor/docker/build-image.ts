import type { DockerSettings } from '../config/docker-settings.ts'
import { JobFailure } from '../failure.ts'
import type { ImageRequest } from '../images/image-resolver.ts'
import type { Job } from '../job/job.ts'
import type { JobVariables } from '../job/job-variables.ts'

/** Which image a job's scripts run in, and how. */
export interface BuildImage {
  /** As written, expanded. */
  readonly name: string
  /** Whether the job names none. */
  readonly isDefault: boolean
  readonly request: ImageRequest
  /** Absent: the image's own. */
  readonly entrypoint: readonly string[] | undefined
  readonly platform: string | undefined
  readonly user: string | undefined
  readonly warnings: readonly string[]
}

type ImageChoice = Pick<DockerSettings, 'image' | 'user' | 'allowedUsers' | 'disableEntrypointOverwrite'>

/** @throws JobFailure `runner_configuration_error` */
export function chooseBuildImage(job: Job, settings: ImageChoice, variables: JobVariables): BuildImage {
  const asked = job.image
  const written = asked?.name ?? ''
  const isDefault = written === ''
  const name = variables.expand(isDefault ? (settings.image ?? '') : written)
  if (name === '') throw misconfigured('no Docker image specified to run the build in')
  const platform = asked?.platform ? variables.expand(asked.platform) : undefined
  const isOverridden = asked?.entrypoint !== undefined && asked.entrypoint.length > 0
  const isRefused = isOverridden && settings.disableEntrypointOverwrite
  return {
    name,
    isDefault,
    platform,
    entrypoint: isRefused ? undefined : isOverridden ? asked.entrypoint : undefined,
    user: chooseUser(asked?.user ? variables.expand(asked.user) : undefined, settings),
    warnings: isRefused ? ['Entrypoint override disabled'] : [],
    request: {
      role: 'build',
      name,
      isConfigured: isDefault,
      pullPolicies: asked?.pullPolicies ?? [],
      platform,
    },
  }
}

/** The settings' user beats the job's; what is said twice must be allowed once. */
function chooseUser(asked: string | undefined, { user, allowedUsers }: ImageChoice): string | undefined {
  const chosen = user || asked
  const allowed = allowedUsers.length > 0 ? allowedUsers : user ? [user] : []
  if (chosen === undefined || allowed.length === 0 || allowed.includes(chosen)) return chosen
  throw misconfigured(`user "${chosen}" is not an allowed user: ${allowed.join(', ')} (allowed_users)`)
}

function misconfigured(message: string): JobFailure {
  return new JobFailure('runner_configuration_error', message)
}
