import {
  type ChangesConfig,
  type IncludeRuleConfig,
  JOB_WHENS,
  type RefPolicyConfig,
  type RuleCondition,
  type RuleConfig,
  type WorkflowRuleConfig,
} from '../config/rule-config.ts'
import { WEEK_MS } from './duration.ts'
import type { Field, MapField } from './field.ts'
import { readDurationField } from './read-duration-field.ts'
import { readExpression, readPatternField } from './read-expression.ts'
import { readNeeds } from './read-needs.ts'
import { JOB_VARIABLE, readVariables } from './read-variables.ts'

const CONDITION = ['if', 'changes', 'exists', 'when']
const JOB_RULE = {
  read: [...CONDITION, 'start_in', 'allow_failure', 'variables', 'needs', 'interruptible'],
}
const WORKFLOW_RULE = { read: [...CONDITION, 'variables'], noted: ['auto_cancel'] }
const INCLUDE_RULE = { read: CONDITION }
const POLICY_KEYWORDS = { read: ['refs', 'variables', 'changes'], noted: ['kubernetes'] }
const CHANGES_KEYWORDS = { read: ['paths', 'compare_to'] }
const EXISTS_KEYWORDS = { read: ['paths'], noted: ['project', 'ref'] }
const CREATION = ['always', 'never'] as const

export const START_IN_LIMIT = { ms: WEEK_MS, name: 'one week' }

export function readRules(field: Field): readonly RuleConfig[] {
  return rulesOf(field).flatMap((item) => item.once(readRule) ?? [])
}

function readRule(field: Field): RuleConfig | undefined {
  const map = field.map(JOB_RULE)
  if (map === undefined) return undefined
  const variables = map.get('variables')
  const needs = map.get('needs')
  const startIn = map.get('start_in')
  const rule: RuleConfig = {
    ...readCondition(field, map),
    when: map.get('when')?.choice(JOB_WHENS),
    startInMs: startIn && readDurationField(startIn, START_IN_LIMIT),
    allowFailure: map.get('allow_failure')?.boolean(),
    variables: variables === undefined ? [] : readVariables(variables, JOB_VARIABLE),
    needs: needs && readNeeds(needs),
    interruptible: map.get('interruptible')?.boolean(),
  }
  if (rule.when === 'delayed' && startIn === undefined) field.refuse('with when: delayed need start_in')
  return rule
}

export function readWorkflowRules(field: Field): readonly WorkflowRuleConfig[] {
  return rulesOf(field).flatMap((item) => {
    const map = item.map(WORKFLOW_RULE)
    const variables = map?.get('variables')
    return map === undefined
      ? []
      : {
          ...readCondition(item, map),
          when: map.get('when')?.choice(CREATION) ?? 'always',
          variables: variables === undefined ? [] : readVariables(variables, JOB_VARIABLE),
        }
  })
}

export function readIncludeRules(field: Field): readonly IncludeRuleConfig[] {
  return rulesOf(field).flatMap((item) => {
    const map = item.map(INCLUDE_RULE)
    return map === undefined
      ? []
      : { ...readCondition(item, map), when: map.get('when')?.choice(CREATION) ?? 'always' }
  })
}

/** `only` or `except`. */
export function readRefPolicy(field: Field): RefPolicyConfig | undefined {
  if (field.isList) return { refs: readRefs(field), variables: undefined, changes: undefined, at: field.at }
  if (!field.isMap) return field.refuse('takes a list of branches and tags, or a map')
  const map = field.map(POLICY_KEYWORDS)
  const refs = map?.get('refs')
  return {
    refs: refs && readRefs(refs),
    variables: map
      ?.get('variables')
      ?.flatItems()
      ?.flatMap((item) => readExpression(item) ?? []),
    changes: map?.get('changes')?.texts(),
    at: field.at,
  }
}

// A pattern stands between slashes.
function readRefs(field: Field): readonly string[] | undefined {
  return field.flatItems()?.flatMap((item) => {
    const text = item.text()
    return (text?.startsWith('/') ? readPatternField(item) : text) ?? []
  })
}

function rulesOf(field: Field): readonly Field[] {
  return field.flatItems() ?? []
}

function readCondition(field: Field, map: MapField): RuleCondition {
  const condition = map.get('if')
  const changes = map.get('changes')
  const exists = map.get('exists')
  return {
    if: condition && readExpression(condition),
    changes: changes && readChanges(changes),
    exists: exists?.isMap ? exists.map(EXISTS_KEYWORDS)?.get('paths')?.texts() : exists?.texts(),
    at: field.at,
  }
}

function readChanges(field: Field): ChangesConfig | undefined {
  if (!field.isMap) {
    const paths = field.texts()
    return paths && { paths, compareTo: undefined }
  }
  const map = field.map(CHANGES_KEYWORDS)
  const paths = map?.get('paths')?.texts()
  if (paths === undefined) return field.refuse('has no paths')
  return { paths, compareTo: map?.get('compare_to')?.filledText() }
}
