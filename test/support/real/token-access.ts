/** Who may do what at the token server: a repository, or a prefix of repositories that ends in `*`. */
export interface TokenUser {
  readonly password: string
  readonly repositories: readonly string[]
}

export interface GrantedAccess {
  readonly type: string
  readonly name: string
  readonly actions: readonly string[]
}

/**
 * The part of the asked scopes (`repository:a/b:pull,push`, several in one string divided by spaces) that is
 * granted: everything on `own` repositories, pull alone on `open` ones.
 * Source: distribution, docs/spec/auth/token.md.
 */
export function grantedAccess(
  scopes: readonly string[],
  own: readonly string[],
  open: readonly string[],
): GrantedAccess[] {
  return scopes
    .flatMap((scope) => scope.split(' '))
    .filter((scope) => scope !== '')
    .map((scope) => {
      const [type = '', ...rest] = scope.split(':')
      const actions = (rest.pop() ?? '').split(',')
      const name = rest.join(':')
      const allowed = (action: string) => covers(own, name) || (action === 'pull' && covers(open, name))
      return { type, name, actions: actions.filter(allowed) }
    })
}

function covers(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name,
  )
}
