import { posix } from 'node:path'
import type { JobArtifact } from '../../job/job.ts'

const SUFFIX: Readonly<Record<JobArtifact['format'], string>> = { zip: '.zip', gzip: '.gz', raw: '' }

/**
 * As GitLab Runner names what it sends.
 * @param name expanded; absent: the job names none
 */
export function artifactFilename(name: string | undefined, format: JobArtifact['format']): string {
  const base = name === undefined ? 'artifacts' : posix.basename(name)
  return `${base === '' || base === '.' ? 'default' : base}${SUFFIX[format]}`
}
