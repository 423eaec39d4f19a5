import { stat } from 'node:fs/promises'
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
import { pipelineVariables } from '../../pipeline/variables/pipeline-variables.ts'
import { VariableScope } from '../../pipeline/variables/variable-scope.ts'
import type { CliContext } from '../context.ts'
import { explainingMistakes } from './explain-mistakes.ts'
import { ProjectRefused } from './project-refused.ts'
import { type GivenFlags, readEnvironmentProxy, readGivenInputs, readGivenVariables } from './read-given.ts'
import { RemoteIncludes } from './remote-includes.ts'

/** What says which pipeline is meant; the same for all commands that are about one. */
export interface ProjectFlags extends GivenFlags {
  /** `-C` */
  readonly directory?: string
  /** The pipeline file, relative to the top of the project. */
  readonly file?: string
  readonly event?: PipelineEvent
  readonly tag?: string
  readonly committed?: boolean
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
  { cwd, env, clock }: Pick<CliContext, 'cwd' | 'env' | 'clock'>,
  takeRun: (repository: Repository) => Promise<RunFacts> = async () => ({ id: 1, createdAt: clock.now() }),
): Promise<PlannedProject> {
  const directory = await findDirectory(resolve(cwd, flags.directory ?? '.'))
  const repository = await openRepository({ directory, env })
  const variables = await readGivenVariables(flags, cwd)
  const inputs = readGivenInputs(flags)
  const remote = new RemoteIncludes(repository.directory, readEnvironmentProxy({ env }))
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
  const context = project.context(file)
  const facts = {
    paths: new ProjectPaths(context.files),
    scope: new VariableScope([...pipelineVariables(context), ...variables]),
  }
  const { config, plan } = await explainingMistakes(tree, async () => {
    const config = await loadPipeline(file, tree, includeContext(facts), { inputs, remote })
    return { config, plan: planPipeline(config, context, { forced }) }
  })
  return {
    repository,
    tree,
    config,
    context,
    plan,
    notes: [...project.notes, ...file.notes, ...remote.notes],
  }
}

async function findDirectory(path: string): Promise<string> {
  const found = await stat(path).catch((error: unknown) => {
    throw new ProjectRefused(`${path} cannot be entered`, { cause: error })
  })
  if (!found.isDirectory()) throw new ProjectRefused(`${path} is no directory`)
  return path
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
