import type { DockerSettings } from '../config/docker-settings.ts'
import { JobFailure } from '../failure.ts'
import type { JobDirectories } from './job-directories.ts'
import { type CacheKey, cacheFolder, cacheVolumeName } from './names.ts'
import { isWithin, parseVolume, refuseDoubles, type VolumeSpec } from './parse-volume.ts'

/** A volume of a job's containers. */
export interface PlannedVolume {
  readonly destination: string
  /** A folder of the engine's host, or a volume's name. */
  readonly source: string
  readonly mode: string | undefined
  /** `given`: it is not ours. `reusable`: outlives the job. `temporary`: goes with it. */
  readonly life: 'given' | 'reusable' | 'temporary'
}

export interface VolumeOrder {
  readonly settings: Pick<DockerSettings, 'volumes' | 'disableCache' | 'cacheDir' | 'tmpfs' | 'servicesTmpfs'>
  readonly directories: Pick<JobDirectories, 'builds' | 'cache' | 'project' | 'temporary'>
  readonly expand: (text: string) => string
  readonly cacheKey: CacheKey
  readonly isProtected: boolean
  /** Whether what the job leaves in the builds directory is there for the next one. */
  readonly keepsBuilds: boolean
  /** The job's own: ends the names of what goes with it. */
  readonly suffix: string
}

/**
 * What is mounted into every container of a job: the settings' volumes, the cache and the builds directory.
 * @throws JobFailure `runner_configuration_error`
 */
export function planVolumes(order: VolumeOrder): readonly PlannedVolume[] {
  const { settings, directories, expand } = order
  refuseTmpfs({ ...settings.tmpfs, ...settings.servicesTmpfs }, directories.builds)
  const specs = settings.volumes.map((written) => parseVolume(written, expand, directories.project))
  refuseDoubles(specs)
  const own = [directories.cache, directories.builds]
    .filter((destination) => !specs.some((spec) => isWithin(destination, spec.destination)))
    .map((destination): VolumeSpec => ({ source: undefined, destination, mode: undefined }))
  const volumes = [...specs, ...own].map((spec) => plan(spec, order))
  return [...volumes, ...temporaryVolume(volumes, order)]
}

/**
 * The contents of file variables are secrets. Where the builds directory outlives the job they have a volume of their
 * own, which goes with the job, and with what is left of one that was killed.
 */
function temporaryVolume(
  volumes: readonly PlannedVolume[],
  { directories: { temporary }, cacheKey, suffix }: VolumeOrder,
): readonly PlannedVolume[] {
  const around = volumes.filter(({ destination }) => isWithin(temporary, destination))
  const [nearest] = around.sort((one, other) => other.destination.length - one.destination.length)
  if (nearest === undefined || nearest.life === 'temporary' || nearest.destination === temporary) return []
  const source = `${cacheVolumeName(cacheKey, temporary, false)}-${suffix}`
  return [{ destination: temporary, source, mode: undefined, life: 'temporary' }]
}

/** Whether jobs of other projects and slots see the same builds directory. */
export function isBuildsShared(volumes: readonly string[], builds: string): boolean {
  const specs = volumes.map((written) => parseVolume(written, (text) => text, builds))
  return specs.some(({ source, destination }) => source !== undefined && isWithin(builds, destination))
}

function plan({ source, destination, mode }: VolumeSpec, order: VolumeOrder): PlannedVolume {
  const { settings, cacheKey, isProtected, keepsBuilds, suffix } = order
  if (source !== undefined) return { destination, source, mode, life: 'given' }
  const isBuilds = destination === order.directories.builds
  if (settings.disableCache || (isBuilds && !keepsBuilds)) {
    const name = `${cacheVolumeName(cacheKey, destination, false)}-${suffix}`
    return { destination, source: name, mode, life: 'temporary' }
  }
  if (settings.cacheDir !== undefined) {
    const folder = `${settings.cacheDir}/${cacheFolder(cacheKey, destination, isProtected)}`
    return { destination, source: folder, mode, life: 'reusable' }
  }
  return { destination, source: cacheVolumeName(cacheKey, destination, isProtected), mode, life: 'reusable' }
}

/** Files are moved through the archive endpoint, which sees what a container has on disk only. */
function refuseTmpfs(tmpfs: Readonly<Record<string, string>>, builds: string): void {
  const over = Object.keys(tmpfs).find((path) => isWithin(builds, path))
  if (over === undefined) return
  const message = `tmpfs over "${over}" hides the builds directory "${builds}": sources and artifacts could not be moved`
  throw new JobFailure('runner_configuration_error', message)
}

/** As HostConfig.Binds has it. Content of an image is copied to a new volume for the build alone. */
export function toBinds(volumes: readonly PlannedVolume[], copiesContent: boolean): string[] {
  return volumes.map(({ source, destination, mode }) => {
    const isFolder = source.startsWith('/')
    const modes = [mode, copiesContent || isFolder ? undefined : 'nocopy'].filter(
      (part) => part !== undefined,
    )
    return [source, destination, ...(modes.length === 0 ? [] : [modes.join(',')])].join(':')
  })
}
