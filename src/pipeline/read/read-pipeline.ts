import { didYouMean } from '../../suggest.ts'
import type { JobConfig } from '../config/job-config.ts'
import type { Dialect, PipelineConfig } from '../config/pipeline-config.ts'
import type { Gaps } from '../gaps.ts'
import type { Findings } from '../mistakes.ts'
import { entryOf, isNull, listNode, type MapEntry, type MapNode, mapNode } from '../yaml/node.ts'
import { DEFAULT_KEYWORDS, DIALECTS } from './dialects.ts'
import { Field, MapField } from './field.ts'
import { KnownValues } from './known-values.ts'
import { isHidden, type JobSurroundings, looksLikeJob, readJob } from './read-job.ts'
import { readWorkflowRules } from './read-rules.ts'
import { PIPELINE_VARIABLE, readVariables } from './read-variables.ts'

const DEFAULT_STAGES = ['build', 'test', 'deploy']
const FIRST_STAGE = '.pre'
const LAST_STAGE = '.post'
const WORKFLOW_KEYWORDS = { read: ['rules', 'name'], noted: ['auto_cancel'] }

/** Checks a merged, extended and resolved file against what GitLab or AlloyCI take. */
export function readPipeline(
  root: MapNode,
  dialect: Dialect,
  findings: Findings,
  gaps: Gaps,
): Omit<PipelineConfig, 'files' | 'notes'> {
  const known = new KnownValues()
  const top = new MapField(root, new Field(root, '', '', findings, known))
  const stages = readStages(top.get('stages'))
  const defaults = defaultsOf(root, dialect, findings)
  const words = DIALECTS[dialect].pipeline.read
  const around = { dialect, stages, defaults, findings, known, gaps }
  checkDefaults(defaults, around)
  const jobs = [...root.entries.values()].flatMap((entry): JobConfig | readonly JobConfig[] => {
    const { key, keyAt, value } = entry
    if (words.includes(key) || isHidden(key)) return []
    if (value.kind === 'map' && (looksLikeJob(value) || gaps.isOpen || didYouMean(key, words) === '')) {
      return readJob(key, keyAt, value, around)
    }
    if (isNull(value)) return []
    findings.mistake(keyAt, `${key} is no keyword, and no job: a job has a script${didYouMean(key, words)}`)
    return []
  })
  if (jobs.length === 0 && !gaps.isOpen)
    findings.mistake(root.at, 'there is no job: every one of them is hidden, or missing')
  const variables = top.get('variables')
  const workflow = dialect === 'gitlab' ? top.get('workflow')?.map(WORKFLOW_KEYWORDS) : undefined
  const rules = workflow?.get('rules')
  return {
    dialect,
    stages,
    variables: variables === undefined ? [] : readVariables(variables, PIPELINE_VARIABLE),
    name: workflow?.get('name')?.text(),
    workflowRules: rules && readWorkflowRules(rules),
    jobs,
  }
}

function readStages(field: Field | undefined): readonly string[] {
  const named = field?.texts() ?? DEFAULT_STAGES
  return [...new Set([FIRST_STAGE, ...named.filter((name) => name !== LAST_STAGE), LAST_STAGE])]
}

// What stands in `default:`, and the same words at the top, as they were written before there was a `default:`.
function defaultsOf(root: MapNode, dialect: Dialect, findings: Findings): MapNode {
  const entry = dialect === 'gitlab' ? entryOf(root, 'default') : undefined
  const entries = new Map<string, MapEntry>()
  if (entry !== undefined) {
    const field = new Field(entry.value, 'default', '', findings)
    field.map(DEFAULT_KEYWORDS)
    if (entry.value.kind === 'map') {
      for (const [key, value] of entry.value.entries) {
        if (DEFAULT_KEYWORDS.read.includes(key)) entries.set(key, value)
      }
    }
  }
  for (const key of DIALECTS[dialect].inherited) {
    const global = entryOf(root, key)
    if (global === undefined) continue
    const both = entries.has(key)
    if (both)
      findings.mistake(global.keyAt, `${key} stands at the top and in default: one of them is too many`)
    entries.set(key, global)
  }
  return mapNode(entries, root.at)
}

// All of them, before any job takes one: a mistake in them is then nobody's own.
function checkDefaults(defaults: MapNode, around: JobSurroundings): void {
  const script = { key: 'script', keyAt: defaults.at, value: listNode([], defaults.at) }
  const job = mapNode(new Map<string, MapEntry>([...defaults.entries, ['script', script]]), defaults.at)
  readJob('', defaults.at, job, { ...around, stages: DEFAULT_STAGES })
}
