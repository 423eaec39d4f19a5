import type { Dialect } from '../config/pipeline-config.ts'
import type { PipelineFile } from './load-pipeline.ts'

const KNOWN_FILES: readonly PipelineFile[] = [
  { path: '.gitlab-ci.yml', dialect: 'gitlab' },
  { path: '.alloy-ci.yml', dialect: 'alloy' },
  { path: '.alloy-ci.json', dialect: 'alloy' },
]

export interface FoundPipelineFile extends PipelineFile {
  /** Others that are there too, and are not read. */
  readonly others: readonly string[]
}

/**
 * The pipeline file of a project: GitLab's comes first.
 * @param paths the files of the project
 */
export function findPipelineFile(paths: readonly string[]): FoundPipelineFile | undefined {
  const there = new Set(paths)
  const [first, ...others] = KNOWN_FILES.filter(({ path }) => there.has(path))
  return first && { ...first, others: others.map(({ path }) => path) }
}

/** How a file that was named is read. */
export function dialectOf(path: string): Dialect {
  return /(?:^|\/)\.?alloy-ci[^/]*$/.test(path) || path.endsWith('.json') ? 'alloy' : 'gitlab'
}
