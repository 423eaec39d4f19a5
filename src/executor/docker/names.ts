import { createHash } from 'node:crypto'
import type { RunnerName } from './labels.ts'

/** RFC 1123: what a host name may be long. */
const MAX_HOSTNAME = 63

/** What sets the resources of one job apart. */
export interface JobNames {
  /** Of the build's container, and what names of containers begin with: `runner-a1b2c3-project-7-concurrent-0`. */
  readonly unique: string
  /** Random: a name that a crashed process left does not stand in the way. */
  readonly suffix: string
  readonly network: string
}

export function jobNames(
  { shortToken }: RunnerName,
  { projectId, jobId, slot }: { projectId: number; jobId: number; slot: number },
  suffix: string,
): JobNames {
  const unique = toHostname(`runner-${shortToken}-project-${projectId}-concurrent-${slot}`)
  return {
    unique,
    suffix,
    network: toHostname(`runner-${shortToken}-${projectId}-${slot}-${jobId}-${suffix}`),
  }
}

export function containerName({ unique, suffix }: JobNames, role: string): string {
  return `${unique}-${suffix}-${role.replaceAll(/[^\w.-]/g, '__')}`
}

/** The same for every job that may share the volume: a project's, in the same slot, of the same runner. */
export function cacheVolumeName(key: CacheKey, destination: string, isProtected: boolean): string {
  return `${cacheFolderName(key)}-cache-${md5(destination)}${isProtected ? '-protected' : ''}`
}

/** Below `cache_dir`, the same by a folder. */
export function cacheFolder(key: CacheKey, destination: string, isProtected: boolean): string {
  return `${cacheFolderName(key)}/${md5(destination)}${isProtected ? '-protected' : ''}`
}

export interface CacheKey extends RunnerName {
  readonly projectId: number
  readonly slot: number
}

function cacheFolderName({ shortToken, systemId, projectId, slot }: CacheKey): string {
  const sharers = createHash('sha256').update(`${shortToken}-${systemId}-${projectId}-${slot}`)
  return `runner-${sharers.digest('hex').slice(0, 32)}`
}

/** For a name of constant length; GitLab names its cache volumes so. */
function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

/** @param text of letters, digits and what is not allowed in a host name */
function toHostname(text: string): string {
  const clean = text.toLowerCase().replaceAll(/[^a-z0-9-]/g, '')
  return clean.slice(0, MAX_HOSTNAME).replace(/-+$/, '')
}
