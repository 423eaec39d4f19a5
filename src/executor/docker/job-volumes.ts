import type { Readable } from 'node:stream'
import { pack } from 'tar-stream'
import type { DockerSettings } from '../config/docker-settings.ts'
import type { FileOwner } from './file-owner.ts'
import type { JobDirectories } from './job-directories.ts'
import { volumeLabels } from './labels.ts'
import { isWithin } from './parse-volume.ts'
import type { PlannedVolume } from './volume-plan.ts'
import type { Volumes } from './volumes.ts'

export interface VolumesOrder {
  readonly volumes: Volumes
  readonly planned: readonly PlannedVolume[]
  readonly settings: Pick<DockerSettings, 'volumeDriver' | 'volumeDriverOptions'>
  readonly labels: Record<string, string>
  readonly isProtected: boolean
  readonly signal: AbortSignal
}

/** Makes those of the planned volumes that are the engine's and ours. */
export async function createVolumes(order: VolumesOrder): Promise<void> {
  const { volumes, planned, settings, labels, isProtected, signal } = order
  const ours = planned.filter(({ life, source }) => life !== 'given' && !source.startsWith('/'))
  const creations = ours.map(({ source, destination, life }) =>
    volumes.create(
      {
        Name: source,
        Labels: { ...labels, ...volumeLabels(destination, life === 'reusable', isProtected) },
        ...(settings.volumeDriver === undefined ? {} : { Driver: settings.volumeDriver }),
        DriverOpts: { ...settings.volumeDriverOptions },
      },
      { signal },
    ),
  )
  await Promise.all(creations)
}

/** Those that outlive the job. */
export function cacheVolumeNames(planned: readonly PlannedVolume[]): readonly string[] {
  const kept = planned.filter(({ life, source }) => life === 'reusable' && !source.startsWith('/'))
  return kept.map(({ source }) => source)
}

/** Everybody may write: a volume outlives the job, and the next one's user is another. */
const MODE = 0o777

/**
 * The directories that a job needs, as an archive to unpack at the root of a container of it. The engine puts it
 * into the volumes, also of a container that does not run, so no helper image has to be there for this.
 * @param owner whose they are; absent: root's
 */
export function directoriesArchive(
  planned: readonly PlannedVolume[],
  directories: JobDirectories,
  owner: FileOwner | undefined,
): Readable {
  const mounted = planned.filter(({ life }) => life !== 'given').map(({ destination }) => destination)
  const own = [directories.project, directories.temporary].flatMap((path) =>
    pathsBetween(directories.builds, path),
  )
  const tar = pack()
  for (const path of new Set([...mounted, ...own])) {
    tar.entry({ name: `${path.slice(1)}/`, type: 'directory', mode: MODE, ...owner })
  }
  tar.finalize()
  return tar as unknown as Readable
}

/** `/builds` and `/builds/acme/shop`: `/builds/acme`, `/builds/acme/shop`. */
function pathsBetween(folder: string, path: string): string[] {
  const parts = path.split('/')
  return parts
    .map((_, index) => parts.slice(0, index + 1).join('/'))
    .filter((parent) => parent !== folder && isWithin(parent, folder))
}
