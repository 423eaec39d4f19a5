import type { JobVariable } from '../../executor/job/job.ts'

/** As GitLab finds them; `$$` is left for the executor's own pass. */
const REFERENCE = /\$\$|\$(\w+)|\$\{(\w+)\}/g

/** What Linux takes for one variable: values that double each other would grow without end. */
const MAX_VALUE_LENGTH = 128 * 1024

/**
 * Puts the values of variables into each other, however deep, as GitLab does before a job is sent: what is unknown,
 * raw or a file is left for the executor, which puts it in without looking into it. When some refer to each other in
 * a circle all are left as they are.
 * @param variables later ones win
 * @returns each name once, in the order of their first mention
 */
export function expandVariables<V extends JobVariable>(variables: readonly V[]): readonly V[] {
  const byKey = new Map(variables.map((variable) => [variable.key, variable]))
  const values = new Map<string, string>()
  const open = new Set<string>()

  /** @returns false in a circle */
  function visit(key: string): boolean {
    const variable = byKey.get(key)
    if (variable === undefined || values.has(key)) return true
    if (open.has(key)) return false
    open.add(key)
    const inner = references(variable).filter((name) => name !== key)
    if (!inner.every(visit)) return false
    open.delete(key)
    values.set(key, isPlain(variable) ? substitute(variable.value, insert) : variable.value)
    return true
  }

  const insert = (name: string) => {
    const variable = byKey.get(name)
    return variable === undefined || !isPlain(variable) ? undefined : values.get(name)
  }
  const isSound = [...byKey.keys()].every(visit)
  return [...byKey.values()].map((variable) => ({
    ...variable,
    value: isSound ? (values.get(variable.key) ?? variable.value) : variable.value,
  }))
}

/** Puts values into a text that GitLab expands itself: unknown names are left as they are. */
export function expandText(text: string, lookUp: (name: string) => string | undefined): string {
  return substitute(text, lookUp)
}

function substitute(text: string, lookUp: (name: string) => string | undefined): string {
  const result = text.replace(REFERENCE, (whole, bare: string | undefined, braced: string | undefined) =>
    whole === '$$' ? whole : (lookUp(bare ?? braced ?? '') ?? whole),
  )
  return result.length > MAX_VALUE_LENGTH ? text : result
}

function isPlain({ isRaw, isFile }: JobVariable): boolean {
  return !isRaw && !isFile
}

function references(variable: JobVariable): readonly string[] {
  if (!isPlain(variable)) return []
  return [...variable.value.matchAll(REFERENCE)].flatMap(([, bare, braced]) => bare ?? braced ?? [])
}
