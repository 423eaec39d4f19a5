import { compileGlob } from '../oci/glob.ts'
import type { GroupPath } from '../oci/group-path.ts'
import type { Credential } from './credential.ts'
import { AccessError } from './errors.ts'
import { ancestorsOf, isUnder } from './group-rules.ts'

export interface MintRequest {
  readonly group: GroupPath
  /** Globs on `<registry>/<repository>`. Empty: as far as the group and the token go. */
  readonly repositories: readonly string[]
}

/**
 * What a job credential may pull that somebody asks for with a token: never more than the token itself.
 * @param exists whether a group is declared
 * @returns its repositories
 * @throws AccessError not-permitted for tokens that mint nothing, and for repositories that are not the token's;
 * group-unknown for groups that are not there or not its own, which look the same
 */
export function demandMint(
  token: Pick<Credential, 'role' | 'groups' | 'repositories'>,
  { group, repositories }: MintRequest,
  exists: (path: GroupPath) => boolean,
): readonly string[] {
  if (token.role === 'pull') {
    throw new AccessError(
      'not-permitted',
      'these credentials pull only: a token of role runner or admin mints',
    )
  }
  const isOwn = (path: GroupPath): boolean =>
    token.role === 'admin' || token.groups.some((own) => own === path || isUnder(path, own))
  if (!exists(group) || !isOwn(group)) {
    const above = ancestorsOf(group).find((path) => exists(path) && isOwn(path))
    const hint =
      above === undefined ? '' : `; the nearest above it is ${above}: name that, or declare ${group}`
    throw new AccessError(
      'group-unknown',
      `there is no group ${group}, or these credentials have no part in it${hint}`,
    )
  }
  if (repositories.length === 0 || token.repositories.length === 0) {
    return repositories.length === 0 ? token.repositories : repositories
  }
  for (const wanted of repositories) {
    if (token.repositories.some((own) => isWithin(wanted, own))) continue
    throw new AccessError(
      'not-permitted',
      `the repositories ${wanted} are not within those of the token: ${token.repositories.join(', ')}`,
    )
  }
  return repositories
}

/**
 * Whether a pattern is certainly no wider than another. Where telling needs more than a look, it is not: the same
 * pattern is, a name that matches, and one with single stars where the wider has stars too.
 */
function isWithin(pattern: string, wider: string): boolean {
  if (pattern === wider || wider === '**') return true
  if (/\*\*|[?[\]]/.test(pattern)) return false
  // One character of a class, or any one, would take the star for itself.
  if (pattern.includes('*') && /[?[]/.test(wider)) return false
  return compileGlob(wider)(pattern)
}
