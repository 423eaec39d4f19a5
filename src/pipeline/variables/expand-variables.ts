import type { JobVariable } from '../../executor/job/job.ts'
import { Expansion, refers } from './expansion.ts'

/**
 * The variables with their values put into each other.
 * @param variables later ones win
 * @returns each name once, in the order of their first mention
 */
export function expandVariables<V extends JobVariable>(variables: readonly V[]): readonly V[] {
  const byKey = new Map(variables.map((variable) => [variable.key, variable]))
  const expansion = new Expansion((key) => byKey.get(key), variables.filter(refers))
  return [...byKey.values()].map((variable) => ({ ...variable, value: expansion.valueOf(variable) }))
}
