import type { DockerSettings } from '../config/docker-settings.ts'
import { JobFailure } from '../failure.ts'
import type { Job, JobService } from '../job/job.ts'
import type { JobVariables } from '../job/job-variables.ts'
import { serviceName, shareAliases } from './service-aliases.ts'

/** A service of a job, with everything expanded but its environment. */
export interface PlannedService {
  readonly index: number
  readonly image: string
  /** Whether the settings name it, not the job. */
  readonly isConfigured: boolean
  /** `acme/postgres` and `12.2`, for labels and names. */
  readonly service: string
  readonly version: string
  /** Its host names; never empty. */
  readonly aliases: readonly string[]
  readonly entrypoint: readonly string[] | undefined
  readonly command: readonly string[] | undefined
  readonly platform: string | undefined
  readonly user: string | undefined
  readonly pullPolicies: JobService['pullPolicies']
  readonly environment: readonly string[]
}

export interface ServicePlan {
  readonly services: readonly PlannedService[]
  readonly warnings: readonly string[]
}

type ServiceChoice = Pick<DockerSettings, 'services' | 'servicesLimit' | 'disableEntrypointOverwrite'>

/**
 * The settings' services, then the job's.
 * @throws JobFailure `runner_configuration_error`
 */
export function planServices(job: Job, settings: ServiceChoice, variables: JobVariables): ServicePlan {
  refuseTooMany(job.services.length, settings.servicesLimit)
  const configured = settings.services.map((service) => ({
    ...service,
    isConfigured: true,
    platform: undefined,
    user: undefined,
    pullPolicies: [],
  }))
  const all = [...configured, ...job.services.map((service) => ({ ...service, isConfigured: false }))]
  const expanded = all.map((service, index) => {
    const image = variables.expand(service.name)
    if (image === '') throw misconfigured(`invalid service image name: ${service.name}`)
    const name = serviceName(image, optional(service.alias, variables))
    return { ...service, ...name, image, index }
  })
  const shared = shareAliases(expanded)
  const warnings = [...shared.warnings]
  const services = expanded.map((service, index) => {
    const aliases = shared.aliases[index] ?? []
    const isOverridden = service.entrypoint !== undefined && service.entrypoint.length > 0
    if (isOverridden && settings.disableEntrypointOverwrite) warnings.push('Entrypoint override disabled')
    return {
      ...service,
      aliases: aliases.length === 0 ? [`${service.service.replaceAll('/', '-')}-${index}`] : aliases,
      entrypoint: isOverridden && !settings.disableEntrypointOverwrite ? service.entrypoint : undefined,
      command: service.command?.length ? service.command : undefined,
      platform: optional(service.platform, variables),
      user: optional(service.user, variables),
      environment: variables.serviceEnvironment(service.variables),
    }
  })
  return { services, warnings }
}

function refuseTooMany(count: number, limit: number | undefined): void {
  if (limit === undefined || limit < 0 || count <= limit) return
  throw misconfigured(`too many services requested: ${count}, only ${limit} allowed`)
}

function optional(text: string | undefined, variables: JobVariables): string | undefined {
  return text === undefined || text === '' ? undefined : variables.expand(text)
}

function misconfigured(message: string): JobFailure {
  return new JobFailure('runner_configuration_error', message)
}
