import type { DockerSettings } from '../config/docker-settings.ts'
import type { TraceWriter } from '../executor.ts'
import type { JobImages, PreparedImage } from '../images/image-resolver.ts'
import type { JobVariables } from '../job/job-variables.ts'
import { shellCommand } from '../script/shell-command.ts'
import type { BuildImage } from './build-image.ts'
import { chooseHelperImage } from './choose-helper-image.ts'
import { helperCommand } from './helper-command.ts'
import type { JobDirectories } from './job-directories.ts'
import { containerLabels } from './labels.ts'
import { containerName, type JobNames } from './names.ts'
import { isBuildPrivileged } from './privileged.ts'
import type { PlanPlace, StagePlan } from './stage-containers.ts'

export interface StagePlans {
  readonly settings: DockerSettings
  readonly names: JobNames
  readonly variables: JobVariables
  readonly serviceHosts: readonly string[]
  readonly directories: JobDirectories
  readonly hasUmask: boolean
  /** Of the engine: `linux/amd64`. */
  readonly platform: string
  /** See DockerExecutorOptions. */
  readonly ownImageId: string | undefined
  readonly trace: TraceWriter
}

export function buildPlan(plans: StagePlans, build: BuildImage, image: PreparedImage): StagePlan {
  const name = containerName(plans.names, 'build')
  return {
    image,
    order: {
      ...common(plans, name, image),
      labels: containerLabels('build'),
      aliases: ['build', name],
      entrypoint: build.entrypoint,
      command: shellCommand(),
      user: build.user,
      platform: build.platform,
    },
  }
}

/**
 * The helper's. Its files become the build's user's; its image's entrypoint is taken away, as images with git in them
 * often have git for one.
 * @throws JobFailure
 */
export async function helperPlan(
  plans: StagePlans,
  images: JobImages,
  { owner, signal }: PlanPlace,
): Promise<StagePlan> {
  const { variables, trace } = plans
  const { name, overridden } = chooseHelperImage({ ...plans, expand: (text) => variables.expand(text) })
  if (overridden !== undefined) {
    trace.line(`Using helper image:  ${name}  (overridden, default would be  ${overridden} )`)
  }
  const request = { role: 'helper', name, isConfigured: true, pullPolicies: [], platform: undefined } as const
  const image = (await images.prepare([request], signal)).get('helper')
  if (image === undefined) throw new Error('the helper image was asked for and not prepared')
  const container = containerName(plans.names, 'predefined')
  return {
    image,
    order: {
      ...common(plans, container, image),
      labels: containerLabels('predefined'),
      aliases: [container],
      entrypoint: [''],
      command: helperCommand({ owner, directories: plans.directories, hasUmask: plans.hasUmask }),
      // Images with git in them may have another: only root can give files away.
      user: '0:0',
      platform: undefined,
    },
  }
}

function common(
  { settings, names, variables, serviceHosts }: StagePlans,
  name: string,
  image: PreparedImage,
) {
  return {
    name,
    hostname: names.unique,
    imageId: image.imageId,
    environment: variables.environment,
    serviceHosts,
    isPrivileged: isBuildPrivileged(image.name, settings),
  }
}
