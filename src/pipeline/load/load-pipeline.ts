import type { Dialect, PipelineConfig } from '../config/pipeline-config.ts'
import { Gaps } from '../gaps.ts'
import { Findings } from '../mistakes.ts'
import type { ProjectFiles } from '../project-files.ts'
import { readPipeline } from '../read/read-pipeline.ts'
import { applyExtends } from './extends.ts'
import { IncludeLoader } from './include.ts'
import type { IncludeContext } from './include-context.ts'
import { resolveReferences } from './references.ts'
import type { RemoteFiles } from './remote-files.ts'

export interface PipelineFile {
  /** Relative to the project. */
  readonly path: string
  readonly dialect: Dialect
}

/** What else there may be. */
export interface PipelineGiven {
  /** Values for the inputs of the pipeline's own file, as text. */
  readonly inputs?: ReadonlyMap<string, string>
  /** Undefined: `include:remote` is not read. */
  readonly remote?: RemoteFiles
}

/**
 * Reads a pipeline file with all that it includes, in GitLab's order: includes, then `extends`, then `!reference`,
 * then every keyword.
 * @throws PipelineError everything that is wrong with it
 */
export async function loadPipeline(
  { path, dialect }: PipelineFile,
  files: ProjectFiles,
  context: IncludeContext,
  { inputs = new Map(), remote }: PipelineGiven = {},
): Promise<PipelineConfig> {
  const findings = new Findings()
  const gaps = new Gaps()
  const loader = new IncludeLoader({ files, context, remote, findings, gaps })
  const start = { file: path, line: 1, column: 1 }
  // AlloyCI has no includes: the word is the name of a job there.
  const merged =
    dialect === 'alloy' ? await loader.read(path, start, inputs) : await loader.load(path, start, inputs)
  // What cannot be read would make everything that follows look wrong.
  findings.refuse()
  const extended = dialect === 'gitlab' ? applyExtends(merged, findings, gaps) : merged
  const resolved = resolveReferences(extended, findings, gaps)
  findings.refuse()
  const config = readPipeline(resolved, dialect, findings, gaps)
  findings.refuse()
  return { ...config, files: loader.filesRead, notes: findings.notes }
}
