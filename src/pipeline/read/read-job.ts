import type { JobConfig } from '../config/job-config.ts'
import type { Dialect } from '../config/pipeline-config.ts'
import type { Position } from '../config/position.ts'
import type { JobWhen } from '../config/rule-config.ts'
import { elsewhere, type Gaps } from '../gaps.ts'
import type { Findings } from '../mistakes.ts'
import { entryOf, type MapNode } from '../yaml/node.ts'
import { DIALECTS } from './dialects.ts'
import { MONTH_MS } from './duration.ts'
import { Field, MapField } from './field.ts'
import { readInherit, withDefaults } from './inherit.ts'
import type { KnownValues } from './known-values.ts'
import { readArtifacts } from './read-artifacts.ts'
import { readCaches } from './read-caches.ts'
import { readDurationField } from './read-duration-field.ts'
import { readPatternField } from './read-expression.ts'
import { readImage, readServices } from './read-image.ts'
import { readNeeds } from './read-needs.ts'
import { readRefPolicy, readRules, START_IN_LIMIT } from './read-rules.ts'
import { NO_RETRY, readAllowFailure, readEnvironment, readParallel, readRetry } from './read-run-options.ts'
import { readScript } from './read-script.ts'
import { JOB_VARIABLE, readVariables } from './read-variables.ts'

const JOB_LEVEL_WHENS = [
  'on_success',
  'on_failure',
  'always',
  'manual',
  'delayed',
] as const satisfies readonly JobWhen[]
const HOOK_KEYWORDS = { read: ['pre_get_sources_script'] }
const TIMEOUT_LIMIT = { ms: MONTH_MS, name: 'one month' }
const DEFAULT_STAGE = 'test'

export interface JobSurroundings {
  readonly dialect: Dialect
  readonly stages: readonly string[]
  readonly defaults: MapNode
  readonly findings: Findings
  readonly known: KnownValues
  readonly gaps: Gaps
}

export function readJob(name: string, at: Position, own: MapNode, around: JobSurroundings): JobConfig {
  const { dialect, findings, known } = around
  const owner = new Field(own, '', name, findings, known)
  const written = new MapField(own, owner)
  written.allow(DIALECTS[dialect].job)
  const inherit = readInherit(written.get('inherit'))
  const job = new MapField(withDefaults(own, around.defaults, inherit.defaults), owner)
  refuseContradictions(written)
  const script = job.get('script')
  const notRun = whyNotRun(written) ?? whatIsMissing(name, at, script !== undefined, around)
  if (script === undefined && notRun === undefined) findings.mistake(at, 'there is no script', name)
  // AlloyCI replaces the variables of the pipeline by those of the job, and an empty list clears them.
  const variables = job.get('variables')
  const replaces = dialect === 'alloy' && variables !== undefined
  const clears = replaces && variables.isList && variables.items()?.length === 0
  return {
    name,
    at,
    stage: readStage(job.get('stage'), name, at, notRun, around),
    image: job.get('image')?.once(readImage),
    services: job.get('services')?.once(readServices) ?? [],
    beforeScript: job.get('before_script')?.once(readScript) ?? [],
    script: script?.once(readScript) ?? [],
    afterScript: job.get('after_script')?.once(readScript) ?? [],
    preGetSourcesScript: job.get('hooks')?.once(readHooks) ?? [],
    variables: variables === undefined || clears ? [] : readVariables(variables, JOB_VARIABLE),
    inheritVariables: replaces ? false : inherit.variables,
    rules: job.get('rules')?.once(readRules),
    only: job.get('only')?.once(readRefPolicy),
    except: job.get('except')?.once(readRefPolicy),
    when: job.get('when')?.choice(JOB_LEVEL_WHENS) ?? 'on_success',
    startInMs: job.get('start_in')?.once(readStartIn),
    allowFailure: job.get('allow_failure')?.once(readAllowFailure),
    needs: job.get('needs')?.once(readNeeds),
    dependencies: job.get('dependencies')?.texts(),
    artifacts: job.get('artifacts')?.once(readArtifacts),
    caches: job.get('cache')?.once(readCaches) ?? [],
    retry: job.get('retry')?.once(readRetry) ?? NO_RETRY,
    timeoutMs: job.get('timeout')?.once(readTimeout),
    parallel: job.get('parallel')?.once(readParallel),
    environment: job.get('environment')?.once(readEnvironment),
    tags: job.get('tags')?.texts() ?? [],
    isInterruptible: job.get('interruptible')?.boolean() ?? false,
    resourceGroup: job.get('resource_group')?.filledText(),
    coverage: job.get('coverage')?.once(readPatternField),
    notRun,
  }
}

function readStage(
  field: Field | undefined,
  name: string,
  at: Position,
  notRun: string | undefined,
  { stages, findings }: JobSurroundings,
): string {
  if (field === undefined && !stages.includes(DEFAULT_STAGE)) {
    if (notRun !== undefined) return stages.at(-1) ?? DEFAULT_STAGE
    findings.mistake(at, `a job without a stage is of ${DEFAULT_STAGE}, and there is no such stage`, name)
  }
  return field?.choice(stages) ?? DEFAULT_STAGE
}

function readHooks(field: Field): readonly string[] | undefined {
  return field.map(HOOK_KEYWORDS)?.get('pre_get_sources_script')?.once(readScript)
}

function readStartIn(field: Field): number | undefined {
  return readDurationField(field, START_IN_LIMIT)
}

function readTimeout(field: Field): number | undefined {
  return readDurationField(field, TIMEOUT_LIMIT)
}

function whyNotRun(job: MapField): string | undefined {
  const trigger = job.get('trigger')
  trigger?.note('has no effect here: other pipelines are not started')
  if (trigger !== undefined) return 'it starts another pipeline'
  const run = job.get('run')
  run?.note('has no effect here: write a script')
  return run === undefined ? undefined : 'it is made of steps of run'
}

function whatIsMissing(
  name: string,
  at: Position,
  hasScript: boolean,
  { gaps, findings }: JobSurroundings,
): string | undefined {
  const missing = gaps.reasonOf(name) ?? (gaps.isOpen && !hasScript ? elsewhere('its script') : undefined)
  if (missing !== undefined) findings.note(at, `${name} is not run: ${missing}`)
  return missing
}

function refuseContradictions(job: MapField): void {
  const startIn = job.get('start_in')
  if (job.get('rules') !== undefined) {
    for (const key of ['only', 'except']) job.get(key)?.refuse('cannot stand beside rules')
    startIn?.refuse('cannot stand beside rules: it belongs into one of them')
    return
  }
  const when = job.get('when')
  const isDelayed = when?.node.kind === 'scalar' && when.node.text === 'delayed'
  if (isDelayed && startIn === undefined) when.refuse('delayed needs start_in')
  if (!isDelayed) startIn?.refuse('needs when: delayed')
}

/** Hidden ones are there to be extended. */
export function isHidden(name: string): boolean {
  return name.startsWith('.')
}

/** Whether a map at the top is meant as a job. */
export function looksLikeJob(map: MapNode): boolean {
  return ['script', 'trigger', 'run'].some((key) => entryOf(map, key) !== undefined)
}
