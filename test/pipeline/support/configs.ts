import type { JobConfig } from '../../../src/pipeline/config/job-config.ts'
import type { MatrixEntry, NeedConfig } from '../../../src/pipeline/config/need-config.ts'
import type { PipelineConfig } from '../../../src/pipeline/config/pipeline-config.ts'
import type {
  RefPolicyConfig,
  RuleCondition,
  RuleConfig,
  WorkflowRuleConfig,
} from '../../../src/pipeline/config/rule-config.ts'
import type { VariableConfig } from '../../../src/pipeline/config/variable-config.ts'
import { type Condition, readCondition } from '../../../src/pipeline/expression/condition.ts'

export const AT = { file: '.gitlab-ci.yml', line: 1, column: 1 }

/** A job as a file has it that says no more than its name and its script. */
export function job(name: string, written: Partial<JobConfig> = {}): JobConfig {
  return {
    name,
    stage: 'test',
    at: AT,
    image: undefined,
    services: [],
    beforeScript: [],
    script: ['true'],
    afterScript: [],
    preGetSourcesScript: [],
    variables: [],
    inheritVariables: true,
    rules: undefined,
    only: undefined,
    except: undefined,
    when: 'on_success',
    startInMs: undefined,
    allowFailure: undefined,
    needs: undefined,
    dependencies: undefined,
    artifacts: undefined,
    caches: [],
    retry: { max: 0, when: [], exitCodes: [] },
    timeoutMs: undefined,
    parallel: undefined,
    environment: undefined,
    tags: [],
    isInterruptible: false,
    resourceGroup: undefined,
    coverage: undefined,
    notRun: undefined,
    ...written,
  }
}

export function pipeline(jobs: readonly JobConfig[], written: Partial<PipelineConfig> = {}): PipelineConfig {
  return {
    dialect: 'gitlab',
    files: ['.gitlab-ci.yml'],
    stages: ['.pre', 'build', 'test', 'deploy', '.post'],
    variables: [],
    name: undefined,
    workflowRules: undefined,
    jobs,
    notes: [],
    ...written,
  }
}

/** With its condition as text. */
type Written<Rule extends RuleCondition> = Partial<Omit<Rule, 'if'>> & { readonly if?: string }

export function rule({ if: text, ...written }: Written<RuleConfig> = {}): RuleConfig {
  return {
    if: condition(text),
    changes: undefined,
    exists: undefined,
    at: AT,
    when: undefined,
    startInMs: undefined,
    allowFailure: undefined,
    variables: [],
    needs: undefined,
    interruptible: undefined,
    ...written,
  }
}

export function workflowRule({ if: text, ...written }: Written<WorkflowRuleConfig> = {}): WorkflowRuleConfig {
  return {
    if: condition(text),
    changes: undefined,
    exists: undefined,
    at: AT,
    when: 'always',
    variables: [],
    ...written,
  }
}

function condition(text: string | undefined): Condition | undefined {
  return text === undefined ? undefined : readCondition(text)
}

interface WrittenRefs extends Partial<Omit<RefPolicyConfig, 'variables'>> {
  /** Conditions as text. */
  readonly variables?: readonly string[]
}

export function refs({ variables, ...written }: WrittenRefs): RefPolicyConfig {
  const conditions = variables?.map(readCondition)
  return { refs: undefined, variables: conditions, changes: undefined, at: AT, ...written }
}

export function need(name: string, written: Partial<NeedConfig> = {}): NeedConfig {
  return { job: name, artifacts: true, isOptional: false, matrix: undefined, at: AT, ...written }
}

export function variables(
  values: Readonly<Record<string, string>>,
  isRaw = false,
): readonly VariableConfig[] {
  return Object.entries(values).map(([key, value]) => ({ key, value, isRaw, at: AT }))
}

export function matrix(...entries: readonly Readonly<Record<string, readonly string[]>>[]) {
  const written = entries.map(
    (entry): MatrixEntry => Object.entries(entry).map(([key, values]) => ({ key, values })),
  )
  return { kind: 'matrix', entries: written, at: AT } as const
}
