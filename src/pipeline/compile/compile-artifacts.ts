import type { JobArtifact } from '../../executor/job/job.ts'
import type { ArtifactConfig } from '../config/artifact-config.ts'

/** What is uploaded after a job: its archive, and each report by itself. */
export function compileArtifacts(artifacts: ArtifactConfig | undefined): readonly JobArtifact[] {
  if (artifacts === undefined) return []
  const { reports, ...archived } = artifacts
  const archive: JobArtifact = { ...archived, type: 'archive', format: 'zip' }
  const uploaded = reports.map(
    ({ type, paths }): JobArtifact => ({
      name: type,
      paths,
      exclude: [],
      isUntracked: false,
      // Failures are what reports are for.
      when: 'always',
      expireIn: archived.expireIn,
      type,
      format: 'gzip',
    }),
  )
  return archived.paths.length === 0 && !archived.isUntracked ? uploaded : [archive, ...uploaded]
}
