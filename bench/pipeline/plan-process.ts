import { includeContext } from '../../src/pipeline/load/include-context.ts'
import { loadPipeline } from '../../src/pipeline/load/load-pipeline.ts'
import type { PipelineContext } from '../../src/pipeline/pipeline-context.ts'
import { planPipeline } from '../../src/pipeline/plan/plan-pipeline.ts'
import { ProjectPaths } from '../../src/pipeline/rules/project-paths.ts'
import { pipelineVariables } from '../../src/pipeline/variables/pipeline-variables.ts'
import { VariableScope } from '../../src/pipeline/variables/variable-scope.ts'

/** What the parent sends. */
export interface PlanOrder {
  /** The files of the pipeline, the first of them its own. */
  readonly texts: Readonly<Record<string, string>>
  /** All files of the project. */
  readonly tracked: readonly string[]
  readonly context: Omit<PipelineContext, 'files'>
  /** How often. */
  readonly times: number
}

/** What the child answers. */
export interface PlanReport {
  /** How many there are. */
  readonly jobs: number
  /** Milliseconds of each time, the first one in a process that has not done it before. */
  readonly tookMs: readonly number[]
}

async function answer({ texts, tracked, context: facts, times }: PlanOrder): Promise<void> {
  const files = {
    tracked,
    changedSince: () => ['README.md', 'services/s3/src/part3/index.ts'],
    contentId: (path: string) => path,
  }
  const project = {
    find: async (path: string) => texts[path],
    list: async () => tracked,
  }
  const context = { ...facts, files }
  const [path = ''] = Object.keys(texts)
  const tookMs: number[] = []
  let jobs = 0
  for (let time = 0; time < times; time++) {
    const startedAt = performance.now()
    const scope = new VariableScope(pipelineVariables(context))
    const include = includeContext({ scope, paths: new ProjectPaths(files) })
    const config = await loadPipeline({ path, dialect: 'gitlab' }, project, include)
    jobs = planPipeline(config, context).jobs.length
    tookMs.push(performance.now() - startedAt)
  }
  process.send?.({ jobs, tookMs } satisfies PlanReport)
}

process.on('message', (order) => answer(order as PlanOrder))
process.send?.('ready')
