// JavaScript, for what people run: a loader that compiles along the way would be measured with it.
import { pathToFileURL } from 'node:url'

/**
 * What the parent sends.
 * @typedef {object} PlanOrder
 * @property {string} program the entry point of the compiled program
 * @property {Readonly<Record<string, string>>} texts the files of the pipeline, the first of them its own
 * @property {readonly string[]} tracked all files of the project
 * @property {Omit<import('../../src/pipeline/pipeline-context.ts').PipelineContext, 'files'>} context
 * @property {number} times how often
 */

/**
 * What the child answers: how many jobs there are, and how many milliseconds each time took, the first one in a process
 * that has not done it before.
 * @typedef {object} PlanReport
 * @property {number} jobs
 * @property {readonly number[]} tookMs
 */

/** @param {string} program */
async function loadProgram(program) {
  /** @param {string} path */
  const load = (path) => import(new URL(`../pipeline/${path}.js`, pathToFileURL(program)).href)
  /** @type {typeof import('../../src/pipeline/load/include-context.ts')} */
  const { includeContext } = await load('load/include-context')
  /** @type {typeof import('../../src/pipeline/load/load-pipeline.ts')} */
  const { loadPipeline } = await load('load/load-pipeline')
  /** @type {typeof import('../../src/pipeline/plan/plan-pipeline.ts')} */
  const { planPipeline } = await load('plan/plan-pipeline')
  /** @type {typeof import('../../src/pipeline/rules/project-paths.ts')} */
  const { ProjectPaths } = await load('rules/project-paths')
  /** @type {typeof import('../../src/pipeline/variables/pipeline-variables.ts')} */
  const { pipelineVariables } = await load('variables/pipeline-variables')
  /** @type {typeof import('../../src/pipeline/variables/variable-scope.ts')} */
  const { VariableScope } = await load('variables/variable-scope')
  return { includeContext, loadPipeline, planPipeline, ProjectPaths, pipelineVariables, VariableScope }
}

/** @param {PlanOrder} order */
async function answer({ program, texts, tracked, context: facts, times }) {
  const { includeContext, loadPipeline, planPipeline, ...variables } = await loadProgram(program)
  const { ProjectPaths, pipelineVariables, VariableScope } = variables
  const files = {
    tracked,
    changedSince: () => ['README.md', 'services/s3/src/part3/index.ts'],
    /** @param {string} path */
    contentId: (path) => path,
  }
  const project = {
    /** @param {string} path */
    find: async (path) => texts[path],
    list: async () => tracked,
  }
  const context = { ...facts, files }
  const [path = ''] = Object.keys(texts)
  const tookMs = []
  let jobs = 0
  for (let time = 0; time < times; time++) {
    const startedAt = performance.now()
    const scope = new VariableScope(pipelineVariables(context))
    const include = includeContext({ scope, paths: new ProjectPaths(files) })
    const config = await loadPipeline({ path, dialect: 'gitlab' }, project, include)
    jobs = planPipeline(config, context).jobs.length
    tookMs.push(performance.now() - startedAt)
  }
  process.send?.(/** @type {PlanReport} */ ({ jobs, tookMs }))
}

process.on('message', (order) => answer(/** @type {PlanOrder} */ (order)))
process.send?.('ready')
