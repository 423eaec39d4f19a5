import { JobFailure } from '../failure.ts'

/** One entry of `volumes`. */
export interface VolumeSpec {
  /** A folder of the engine's host, or a volume's name; absent: made for the job. */
  readonly source: string | undefined
  /** In the container. */
  readonly destination: string
  /** `ro`, `rw,z`; absent: the engine's. */
  readonly mode: string | undefined
}

const MODES =
  /^(ro|rw|O|z|Z|r?shared|r?slave|r?private|nocopy)(,(ro|rw|O|z|Z|r?shared|r?slave|r?private|nocopy))*$/

/**
 * `[source:]destination[:mode[,mode]]`, as Docker and GitLab write it.
 * @param expand for the destination alone: a source is the runner's business
 * @param projectDirectory where a relative destination is
 * @throws JobFailure `runner_configuration_error`
 */
export function parseVolume(
  written: string,
  expand: (text: string) => string,
  projectDirectory: string,
): VolumeSpec {
  const parts = written.split(':')
  const last = parts.at(-1) ?? ''
  const mode = parts.length > 1 && MODES.test(last) ? parts.pop() : undefined
  const target = parts.pop() ?? ''
  const [source, ...more] = parts
  if (target === '' || source === '' || more.length > 0) {
    throw refused(written, 'expected [source:]destination[:mode]')
  }
  const expanded = expand(target)
  const destination = trimSlash(expanded.startsWith('/') ? expanded : `${projectDirectory}/${expanded}`)
  if (destination === '/') throw refused(written, 'the root of a container cannot be a volume')
  return { source, destination, mode }
}

/** @throws JobFailure when one destination is named twice */
export function refuseDoubles(volumes: readonly VolumeSpec[]): void {
  const seen = new Set<string>()
  for (const { destination } of volumes) {
    if (seen.has(destination)) {
      const message = `volume for container path "${destination}" is already defined`
      throw new JobFailure('runner_configuration_error', message)
    }
    seen.add(destination)
  }
}

/** `/builds` is in `/builds` and in `/`, not in `/build`. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

export function trimSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, '') || '/' : path
}

function refused(written: string, why: string): JobFailure {
  return new JobFailure('runner_configuration_error', `invalid volume "${written}": ${why}`)
}
