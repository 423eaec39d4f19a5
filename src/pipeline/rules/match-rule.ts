import type { RuleCondition } from '../config/rule-config.ts'
import type { Condition } from '../expression/condition.ts'
import { evaluate, isPresent } from '../expression/evaluate.ts'
import { ExpressionInvalid } from '../expression/expression-invalid.ts'
import { PipelineError } from '../mistakes.ts'
import type { VariableScope } from '../variables/variable-scope.ts'
import type { ProjectPaths } from './project-paths.ts'

/** What decisions are made with. */
export interface DecisionFacts {
  readonly scope: VariableScope
  readonly paths: ProjectPaths
}

/** One thing that a rule asked, as a sentence for a person; masked values are not in it. */
export interface RuleCheck {
  readonly holds: boolean
  /** `if $CI_COMMIT_BRANCH == "main"` */
  readonly asked: string
  /** `CI_COMMIT_BRANCH is "topic"`, `docs/a.md changed` */
  readonly found: string
}

export interface RuleMatch {
  readonly matches: boolean
  /** Up to the first that did not hold. */
  readonly checks: readonly RuleCheck[]
}

/**
 * Whether a rule applies: all that it asks must hold, what it does not ask does.
 * @throws PipelineError at the rule, when something in it cannot be read
 */
export function matchRule(rule: RuleCondition, facts: DecisionFacts): RuleMatch {
  const asks = [checkExpression, checkChanges, checkExists]
  const checks: RuleCheck[] = []
  try {
    for (const ask of asks) {
      const check = ask(rule, facts)
      if (check !== undefined) checks.push(check)
      if (check?.holds === false) return { matches: false, checks }
    }
  } catch (error) {
    if (!(error instanceof ExpressionInvalid)) throw error
    throw new PipelineError([{ message: error.message, at: rule.at }])
  }
  return { matches: true, checks }
}

function checkExpression({ if: condition }: RuleCondition, { scope }: DecisionFacts): RuleCheck | undefined {
  if (condition === undefined) return undefined
  const value = evaluate(condition.expression, (name) => scope.get(name))
  return { holds: isPresent(value), asked: `if ${condition.text}`, found: showVariables(condition, scope) }
}

/** `A is "1", B is not set`: the variables of an expression. */
export function showVariables({ variables }: Condition, scope: VariableScope): string {
  const known = variables.map((name) => {
    const value = scope.show(name)
    return value === undefined ? `${name} is not set` : `${name} is ${JSON.stringify(value)}`
  })
  return known.join(', ')
}

function checkChanges({ changes }: RuleCondition, { scope, paths }: DecisionFacts): RuleCheck | undefined {
  if (changes === undefined) return undefined
  const globs = changes.paths.map((glob) => scope.expand(glob))
  const since = changes.compareTo === undefined ? undefined : scope.expand(changes.compareTo)
  return showChanges(globs, paths.findChanged(globs, since), since)
}

export function showChanges(
  globs: readonly string[],
  { holds, path }: { readonly holds: boolean; readonly path: string | undefined },
  since?: string,
): RuleCheck {
  const asked = `changes ${globs.join(', ')}${since === undefined ? '' : ` since ${since}`}`
  if (!holds) return { holds, asked, found: 'nothing of it changed' }
  return { holds, asked, found: path === undefined ? 'there is nothing to compare with' : `${path} changed` }
}

function checkExists({ exists }: RuleCondition, { scope, paths }: DecisionFacts): RuleCheck | undefined {
  if (exists === undefined) return undefined
  const globs = exists.map((glob) => scope.expand(glob))
  const found = globs.map((glob) => paths.find(glob)).find((path) => path !== undefined)
  const asked = `exists ${globs.join(', ')}`
  if (found === undefined) return { holds: false, asked, found: 'nothing of it is there' }
  return { holds: true, asked, found: `${found} is there` }
}
