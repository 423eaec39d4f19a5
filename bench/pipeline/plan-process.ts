import { includeContext } from '../../src/pipeline/load/include-context.ts'
import { loadPipeline } from '../../src/pipeline/load/load-pipeline.ts'
import { planPipeline } from '../../src/pipeline/plan/plan-pipeline.ts'
import { ProjectPaths } from '../../src/pipeline/rules/project-paths.ts'
import { pipelineVariables } from '../../src/pipeline/variables/pipeline-variables.ts'
import { VariableScope } from '../../src/pipeline/variables/variable-scope.ts'
import { context } from '../../test/pipeline/support/context.ts'
import { JOBS, TEXTS, TRACKED } from './two-hundred-jobs.ts'

/** What the parent sends: how often. */
export interface PlanOrder {
  readonly times: number
}

/** What the child answers: how long each took, the first one in a process that has not done it before. */
export type PlanReport = readonly number[]

const FILE = { path: '.gitlab-ci.yml', dialect: 'gitlab' } as const
const PROJECT = { find: async (path: string) => TEXTS[path], list: async () => TRACKED }
const CONTEXT = context({
  files: {
    tracked: TRACKED,
    changedSince: () => ['README.md', 'services/s3/src/part3/index.ts'],
    contentId: (path) => path,
  },
})

async function loadAndPlan(): Promise<number> {
  const startedAt = performance.now()
  const facts = {
    scope: new VariableScope(pipelineVariables(CONTEXT)),
    paths: new ProjectPaths(CONTEXT.files),
  }
  const config = await loadPipeline(FILE, PROJECT, includeContext(facts))
  const { jobs } = planPipeline(config, CONTEXT)
  const tookMs = performance.now() - startedAt
  if (jobs.length !== JOBS) throw new Error(`the file makes ${jobs.length} jobs, not ${JOBS}`)
  return tookMs
}

process.on('message', async ({ times }: PlanOrder) => {
  const report: number[] = []
  for (let time = 0; time < times; time++) report.push(await loadAndPlan())
  process.send?.(report satisfies PlanReport)
})
process.send?.('ready')
