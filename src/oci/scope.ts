/** A resource and what may be done with it (distribution specification, token scope documentation). */
export interface Scope {
  /** `repository`, `registry`, sometimes with a class: `repository(plugin)`. */
  readonly type: string
  /** May hold colons: `registry.example:5000/team/app`. */
  readonly name: string
  readonly actions: readonly string[]
}

/**
 * Reads a scope parameter: several scopes with spaces between them, or the parameter given several times.
 * What is no scope is left out, because a token server ignores what matches nothing.
 */
export function parseScopes(text: string | readonly string[]): Scope[] {
  const values = typeof text === 'string' ? [text] : text
  return values.flatMap((value) => value.split(' ')).flatMap((word) => parseScope(word) ?? [])
}

/** One scope. The type ends at the first colon, the actions begin after the last. */
export function parseScope(text: string): Scope | undefined {
  const first = text.indexOf(':')
  const last = text.lastIndexOf(':')
  if (first < 1 || last <= first + 1) return undefined
  const actions = text
    .slice(last + 1)
    .split(',')
    .filter((action) => action !== '')
  return { type: text.slice(0, first), name: text.slice(first + 1, last), actions }
}

export function formatScope(scope: Scope): string {
  return `${scope.type}:${scope.name}:${scope.actions.join(',')}`
}

export function pullScope(repository: string): Scope {
  return { type: 'repository', name: repository, actions: ['pull'] }
}

/**
 * Do the granted scopes together allow every action asked for? `*` allows every action. To ask for no action
 * still takes a grant on that resource.
 */
export function containsScope(granted: readonly Scope[], asked: Scope): boolean {
  const matching = granted.filter(({ type, name }) => type === asked.type && name === asked.name)
  const actions = new Set(matching.flatMap((scope) => scope.actions))
  return matching.length > 0 && (actions.has('*') || asked.actions.every((action) => actions.has(action)))
}
