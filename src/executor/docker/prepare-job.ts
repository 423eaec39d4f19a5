import type { JobOrder, TraceWriter } from '../executor.ts'
import type { ImageRequest, ImageRole, JobImages, PreparedImage } from '../images/image-resolver.ts'
import { attemptsIn } from '../job/attempts.ts'
import { composeVariables, known } from '../job/compose-variables.ts'
import { isDebugOn } from '../job/debug-variables.ts'
import { isFeatureOn } from '../job/feature-flags.ts'
import { gitStrategy } from '../job/git-strategy.ts'
import type { Job, JobVariable } from '../job/job.ts'
import { JobVariables } from '../job/job-variables.ts'
import { chooseBuildImage } from './build-image.ts'
import type { DockerExecutorOptions } from './executor-options.ts'
import { inlineSeccomp } from './inline-seccomp.ts'
import { type JobDirectories, jobDirectories } from './job-directories.ts'
import { createJobNetwork } from './job-network.ts'
import { JobServices } from './job-services.ts'
import { cacheVolumeNames, createVolumes } from './job-volumes.ts'
import { jobLabels } from './labels.ts'
import type { JobNames } from './names.ts'
import { openDindMirror } from './open-dind-mirror.ts'
import { isServicePrivileged } from './privileged.ts'
import type { EngineParts } from './remove-all.ts'
import { type PlannedService, planServices } from './service-plan.ts'
import { StageContainers } from './stage-containers.ts'
import { buildPlan, helperPlan, type StagePlans } from './stage-plans.ts'
import { isBuildsShared, planVolumes } from './volume-plan.ts'

export interface PrepareOrder extends DockerExecutorOptions, EngineParts {
  readonly job: Job
  readonly slot: number
  readonly runnerSlot?: JobOrder['runnerSlot']
  readonly trace: TraceWriter
  readonly onImage?: JobOrder['onImage']
  readonly names: JobNames
  readonly prune: () => Promise<unknown>
  /** When the environment is closed. */
  readonly closing: AbortSignal
  /** Handed over as soon as they are open: whoever takes them closes them. */
  readonly keepImages: (images: JobImages) => void
  /** Told the names of volumes that outlive the job, before they are made. */
  readonly noteVolumes: (names: readonly string[]) => Promise<void>
}

/** A job that is ready for its stages. */
export interface PreparedJob {
  readonly directories: JobDirectories
  /** What only the environment knows. */
  readonly variables: readonly JobVariable[]
  readonly services: JobServices
  readonly stages: StageContainers
  readonly enginePlatform: string
  /** How often a stage is run whose container vanished. */
  readonly attempts: number
  /** Of the build container. */
  readonly hostname: string
}

/** @throws JobFailure; EngineError: what was made until then carries the job's labels */
export async function prepareJob(order: PrepareOrder, signal: AbortSignal): Promise<PreparedJob> {
  const { engine, settings, job, slot, trace, names, owner, runner } = order
  const { platform } = await engine.facts({ signal })
  const directories = chooseDirectories(order)
  const early = variablesOf(order, directories, [])
  const images = await order.images.open({ job, variables: early.all, trace, onImage: order.onImage }, signal)
  order.keepImages(images)

  const named = variablesOf(order, directories, images.variables)
  const attempts = attemptsIn(named, 'EXECUTOR_JOB_SECTION_ATTEMPTS')
  const build = chooseBuildImage(job, settings, named)
  const plan = planServices(job, settings, named)
  for (const warning of [...build.warnings, ...plan.warnings]) trace.warn(warning)
  if (build.isDefault) trace.info('Using default image')
  trace.line(`Using Docker executor with image ${build.name} ...`)

  const volumes = planVolumes({
    settings,
    directories,
    expand: (text) => named.expand(text),
    cacheKey: { ...runner, projectId: job.info.projectId, slot },
    isProtected: job.git.isProtected,
    keepsBuilds: gitStrategy(job, named.get('GIT_STRATEGY')) === 'fetch',
    suffix: names.suffix,
  })
  const labels = jobLabels(job, slot, owner, runner)
  const hasOwn = isFeatureOn('FF_NETWORK_PER_BUILD', order.featureFlags, named)
  const network = await createJobNetwork({ ...order, hasOwn, name: names.network, labels, signal })
  const own = [...images.variables, known('CI_BUILD_NETWORK_NAME', network.mode)]
  const variables = variablesOf(order, directories, own)

  const prepared = await images.prepare([build.request, ...plan.services.map(toRequest)], signal)
  await order.noteVolumes(cacheVolumeNames(volumes))
  await createVolumes({ ...order, planned: volumes, labels, isProtected: job.git.isProtected, signal })

  const frame = {
    settings: {
      ...settings,
      containerLabels: expandValues(settings.containerLabels, variables),
      buildHost: await inlineSeccomp(settings.buildHost),
      serviceHost: await inlineSeccomp(settings.serviceHost),
    },
    network,
    volumes,
    labels,
  }
  const mirror = await openDindMirror({
    ...order,
    services: plan.services,
    variables,
    network,
    images,
    signal,
  })
  const isPrivileged = (image: string) => isServicePrivileged(image, settings)
  const isFollowed = isDebugOn('CI_DEBUG_SERVICES', variables, order.isDebugTraceDisabled)
  const followsUntil = isFollowed ? order.closing : undefined
  const mtu = network.id === undefined ? undefined : settings.networkMtu
  const services = new JobServices({ ...order, frame, isPrivileged, followsUntil, mirror, mtu })
  await services.start(plan.services, (index) => required(prepared, `service-${index}`), signal)
  const serviceHosts = await services.hosts(signal)

  const hasUmask = !isFeatureOn('FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR', order.featureFlags, variables)
  const { ownImageId } = order
  const plans: StagePlans = {
    ...{ settings, names, variables, serviceHosts, directories, hasUmask },
    ...{ platform, ownImageId, trace },
  }
  const stages = new StageContainers({
    ...{ containers: order.containers, frame, directories },
    plan: async (kind, place) =>
      kind === 'build'
        ? buildPlan(plans, build, required(prepared, 'build'))
        : await helperPlan(plans, images, place),
  })
  await stages.get('build', signal)
  await services.wait(settings.waitForServicesTimeoutMs, signal)
  return {
    directories,
    variables: own,
    services,
    stages,
    enginePlatform: platform,
    attempts,
    hostname: settings.hostname ?? names.unique,
  }
}

function chooseDirectories(order: PrepareOrder): JobDirectories {
  const { job, settings, slot, runner } = order
  const [builds, cache] = [order.buildsDirectory, order.cacheDirectory]
  const unknown = { builds, cache, project: '', projectCache: '', temporary: '' }
  const variables = variablesOf(order, unknown, [])
  return jobDirectories({
    job,
    builds,
    cache,
    gitStrategy: gitStrategy(job, variables.get('GIT_STRATEGY')),
    clonePath: variables.get('GIT_CLONE_PATH'),
    isCustomBuildDirEnabled: order.isCustomBuildDirEnabled ?? true,
    shared: isBuildsShared(settings.volumes, builds) ? { shortToken: runner.shortToken, slot } : undefined,
  })
}

function variablesOf(
  { job, slot, runnerSlot, variables, featureFlags }: PrepareOrder,
  directories: JobDirectories,
  environment: readonly JobVariable[],
): JobVariables {
  return new JobVariables(
    composeVariables({ job, slot, runnerSlot, runner: variables, featureFlags, directories, environment }),
  )
}

function expandValues(
  labels: Readonly<Record<string, string>>,
  variables: JobVariables,
): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, variables.expand(value)]))
}

function toRequest(service: PlannedService): ImageRequest {
  const { index, image, isConfigured, pullPolicies, platform } = service
  return { role: `service-${index}`, name: image, isConfigured, pullPolicies, platform }
}

function required(prepared: ReadonlyMap<ImageRole, PreparedImage>, role: ImageRole): PreparedImage {
  const image = prepared.get(role)
  if (image === undefined) throw new Error(`the image of ${role} was asked for and not prepared`)
  return image
}
