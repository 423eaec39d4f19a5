import { readFile, stat } from 'node:fs/promises'
import { relative, resolve, sep } from 'node:path'
import type { PipelineConfig } from '../../pipeline/config/pipeline-config.ts'
import type { ProjectTree } from '../../pipeline/git/project-tree.ts'
import { readContext } from '../../pipeline/git/read-context.ts'
import { openRepository, type Repository } from '../../pipeline/git/repository.ts'
import { dialectOf, findPipelineFile } from '../../pipeline/load/find-pipeline-file.ts'
import { includeContext } from '../../pipeline/load/include-context.ts'
import { loadPipeline, type PipelineFile } from '../../pipeline/load/load-pipeline.ts'
import type { PipelineContext, PipelineEvent, RunFacts } from '../../pipeline/pipeline-context.ts'
import { planPipeline } from '../../pipeline/plan/plan-pipeline.ts'
import type { PipelinePlan } from '../../pipeline/plan/planned-job.ts'
import { ProjectPaths } from '../../pipeline/rules/project-paths.ts'
import { readGivenVariable, readVariablesFile } from '../../pipeline/variables/given-variables.ts'
import type { OriginVariable } from '../../pipeline/variables/origin-variable.ts'
import { pipelineVariables } from '../../pipeline/variables/pipeline-variables.ts'
import { VariableScope } from '../../pipeline/variables/variable-scope.ts'
import type { CliContext } from '../context.ts'
import { explainingMistakes } from './explain-mistakes.ts'
import { FileUnreadable } from './file-unreadable.ts'
import { ProjectRefused } from './project-refused.ts'

/** What says which pipeline is meant; the same for all commands that are about one. */
export interface ProjectFlags {
  /** `-C` */
  readonly directory?: string
  /** The pipeline file, relative to the top of the project. */
  readonly file?: string
  readonly event?: PipelineEvent
  readonly tag?: string
  readonly committed?: boolean
  /** `NAME=value`, of which later ones win. */
  readonly variable?: readonly string[]
  readonly variablesFile?: string
}

export interface PlannedProject {
  readonly repository: Repository
  readonly tree: ProjectTree
  readonly config: PipelineConfig
  readonly context: PipelineContext
  readonly plan: PipelinePlan
  /** What a person should know before anything happens, as sentences. */
  readonly notes: readonly string[]
}

/**
 * Reads the pipeline of a project and plans it. Nothing is started, and nothing is written.
 * @param forced names of jobs that are in the pipeline whatever their rules say
 * @param takeRun gives the pipeline its number; one that is only looked at is the first
 * @throws GitError, PipelineRefused, VariableInvalid, FileUnreadable, ProjectRefused
 */
export async function planProject(
  flags: ProjectFlags,
  forced: ReadonlySet<string>,
  { cwd, env, clock }: CliContext,
  takeRun: (repository: Repository) => Promise<RunFacts> = async () => ({ id: 1, createdAt: clock.now() }),
): Promise<PlannedProject> {
  const directory = await findDirectory(resolve(cwd, flags.directory ?? '.'))
  const repository = await openRepository({ directory, env })
  const variables = await readVariables(flags, cwd)
  const run = await takeRun(repository)
  const project = await readContext(repository, {
    event: flags.event ?? 'push',
    tag: flags.tag,
    isCommittedOnly: flags.committed === true,
    variables,
    run,
  })
  const { tree } = project
  const file = chooseFile(flags.file, tree, repository.directory)
  const context = project.context(file.path)
  const facts = {
    paths: new ProjectPaths(context.files),
    scope: new VariableScope([...pipelineVariables(context), ...variables]),
  }
  const { config, plan } = await explainingMistakes(tree, async () => {
    const config = await loadPipeline(file, tree, includeContext(facts))
    return { config, plan: planPipeline(config, context, { forced }) }
  })
  return { repository, tree, config, context, plan, notes: [...project.notes, ...file.notes] }
}

async function findDirectory(path: string): Promise<string> {
  const found = await stat(path).catch((error: unknown) => {
    throw new ProjectRefused(`${path} cannot be entered`, { cause: error })
  })
  if (!found.isDirectory()) throw new ProjectRefused(`${path} is no directory`)
  return path
}

async function readVariables(
  { variable = [], variablesFile }: ProjectFlags,
  cwd: string,
): Promise<readonly OriginVariable[]> {
  const given = variable.map(readGivenVariable)
  if (variablesFile === undefined) return given
  const path = resolve(cwd, variablesFile)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new FileUnreadable(`${path} cannot be read`, { cause: error })
  })
  return [...readVariablesFile(variablesFile, text), ...given]
}

function chooseFile(
  named: string | undefined,
  { paths }: ProjectTree,
  top: string,
): PipelineFile & { readonly notes: readonly string[] } {
  if (named !== undefined) {
    const path = relative(top, resolve(top, named)).split(sep).join('/')
    return { path, dialect: dialectOf(path), notes: [] }
  }
  const found = findPipelineFile(paths)
  if (found === undefined) {
    throw new ProjectRefused(
      `there is no pipeline file in ${top}: .gitlab-ci.yml, .alloy-ci.yml or .alloy-ci.json; --file names another`,
    )
  }
  const { others } = found
  const notes = others.length === 0 ? [] : [`${found.path} is read, and not ${others.join(' and ')}`]
  return { ...found, notes }
}
