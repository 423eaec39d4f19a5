import type { Dialect } from '../config/pipeline-config.ts'
import type { RefPolicyConfig } from '../config/rule-config.ts'
import type { Condition } from '../expression/condition.ts'
import { evaluate, isPresent } from '../expression/evaluate.ts'
import { ExpressionInvalid } from '../expression/expression-invalid.ts'
import { compilePattern, isPattern, readPattern } from '../expression/pattern.ts'
import { PipelineError } from '../mistakes.ts'
import type { PipelineContext, PipelineEvent } from '../pipeline-context.ts'
import { type DecisionFacts, type RuleCheck, showChanges, showVariables } from './match-rule.ts'

/** The words of `only` and `except` for what started a pipeline. */
const EVENT_WORDS: Readonly<Record<PipelineEvent, readonly string[]>> = {
  push: ['push', 'pushes'],
  merge_request: ['merge_request_event', 'merge_request', 'merge_requests'],
  schedule: ['schedule', 'schedules'],
  web: ['web', 'webs'],
}

/** Of jobs with neither rules nor `only`. */
const DEFAULT_REFS = ['branches', 'tags']

/** What `only` and `except` are compared with. */
export interface RefPolicyFacts extends DecisionFacts {
  readonly context: PipelineContext
  readonly dialect: Dialect
}

/**
 * What `only` asks: each of its keys must hold, and of a key one item.
 * @param policy undefined: branches and tags
 * @throws PipelineError
 */
export function checkOnly(policy: RefPolicyConfig | undefined, facts: RefPolicyFacts): readonly RuleCheck[] {
  if (policy === undefined) return [checkRefs('only', DEFAULT_REFS, facts)]
  return checkPolicy('only', policy, facts)
}

/**
 * What `except` asks: one of its keys holds, and the job is not created.
 * @throws PipelineError
 */
export function checkExcept(
  policy: RefPolicyConfig | undefined,
  facts: RefPolicyFacts,
): readonly RuleCheck[] {
  return policy === undefined ? [] : checkPolicy('except', policy, facts)
}

function checkPolicy(word: string, policy: RefPolicyConfig, facts: RefPolicyFacts): readonly RuleCheck[] {
  const { refs, variables, changes, at } = policy
  try {
    const checks: RuleCheck[] = []
    if (refs !== undefined) checks.push(checkRefs(word, refs, facts))
    if (variables !== undefined) checks.push(checkVariables(word, variables, facts))
    if (changes !== undefined) {
      const globs = changes.map((glob) => facts.scope.expand(glob))
      const check = showChanges(globs, facts.paths.findChanged(globs, undefined))
      checks.push({ ...check, asked: `${word} ${check.asked}` })
    }
    return checks
  } catch (error) {
    if (!(error instanceof ExpressionInvalid)) throw error
    throw new PipelineError([{ message: error.message, at }])
  }
}

function checkRefs(word: string, refs: readonly string[], facts: RefPolicyFacts): RuleCheck {
  const { context, dialect } = facts
  const matches = dialect === 'alloy' ? matchesAlloyRef : matchesRef
  const found = refs.find((ref) => matches(ref, context))
  const asked = `${word} ${refs.join(', ')}`
  const what = `the ${context.ref.kind} is ${context.ref.name}, the event ${context.event}`
  return { holds: found !== undefined, asked, found: found === undefined ? what : `${found}: ${what}` }
}

/** A name, a `/pattern/` or a word; with `@acme/shop` only in that project. */
function matchesRef(written: string, context: PipelineContext): boolean {
  const at = isPattern(written) ? -1 : written.lastIndexOf('@')
  const ref = at > 0 ? written.slice(0, at) : written
  if (at > 0 && written.slice(at + 1) !== context.project.path) return false
  const isOfMergeRequest = context.event === 'merge_request'
  if (ref === 'branches' && context.ref.kind === 'branch' && !isOfMergeRequest) return true
  if (ref === 'tags' && context.ref.kind === 'tag') return true
  if (EVENT_WORDS[context.event].includes(ref)) return true
  if (isPattern(ref)) return !isOfMergeRequest && readPattern(ref).test(context.ref.name)
  return !isOfMergeRequest && ref === context.ref.name
}

/** A pattern without slashes, found anywhere in the full ref or its last part, or a word. Forks are not run here. */
function matchesAlloyRef(written: string, { ref }: PipelineContext): boolean {
  if (written === 'branches') return ref.kind === 'branch'
  if (written === 'tags') return ref.kind === 'tag'
  if (written === 'forks') return false
  const pattern = compilePattern(written)
  const full = `refs/${ref.kind === 'tag' ? 'tags' : 'heads'}/${ref.name}`
  return pattern.test(full) || pattern.test(ref.name.slice(ref.name.lastIndexOf('/') + 1))
}

function checkVariables(word: string, conditions: readonly Condition[], { scope }: DecisionFacts): RuleCheck {
  const holding = conditions.find(({ expression }) =>
    isPresent(evaluate(expression, (name) => scope.get(name))),
  )
  const shown = holding === undefined ? conditions : [holding]
  const found = shown.map((condition) => showVariables(condition, scope)).filter((text) => text !== '')
  return {
    holds: holding !== undefined,
    asked: `${word} variables ${shown.map(({ text }) => text).join(' or ')}`,
    found: found.join(', '),
  }
}
