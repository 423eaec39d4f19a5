import type { Job } from '../job/job.ts'
import type { JobStages } from '../run/job-run.ts'
import { downloadArtifacts } from './artifacts/download-artifacts.ts'
import { uploadArtifacts } from './artifacts/upload-artifacts.ts'
import { hasFiles } from './caches/cache-files.ts'
import { restoreCaches } from './caches/restore-caches.ts'
import { saveCaches } from './caches/save-caches.ts'
import type { StageParts } from './stage-parts.ts'

export type { StageParts } from './stage-parts.ts'

type When = 'on_success' | 'on_failure' | 'always'

/** The stages of a job: sources, caches, artifacts of earlier jobs; its steps; caches and artifacts of its own. */
export function jobStages(job: Job, parts: StageParts): JobStages {
  const caches = job.caches.filter(hasFiles)
  const dependencies = job.dependencies.filter(({ artifacts }) => artifacts !== undefined)
  return {
    beforeSteps: [
      parts.sources,
      ...(caches.length > 0 ? [restoreCaches(job, parts)] : []),
      ...(dependencies.length > 0 ? [downloadArtifacts(dependencies, parts)] : []),
    ],
    afterSteps: (status) => {
      const kept = caches.filter(({ when }) => isMeant(when, status))
      const left = job.artifacts.filter(
        ({ when, paths, isUntracked }) => isMeant(when, status) && (paths.length > 0 || isUntracked),
      )
      return [
        ...(kept.length > 0 ? [saveCaches(job, kept, status, parts)] : []),
        ...(left.length > 0 ? [uploadArtifacts(job, left, status, parts)] : []),
      ]
    },
  }
}

function isMeant(when: When, status: 'success' | 'failed'): boolean {
  return when === 'always' || when === (status === 'success' ? 'on_success' : 'on_failure')
}
