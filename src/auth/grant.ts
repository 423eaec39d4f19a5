import type { GroupPath } from '../oci/group-path.ts'
import type { Credential } from './credential.ts'
import { isUnder } from './group-rules.ts'

/** The group that a credential acts as; `unknown` for those it has no part in, whether they exist or not. */
export type GroupDecision =
  | { readonly granted: true; readonly group: GroupPath }
  | { readonly granted: false; readonly reason: 'unknown' }

const UNKNOWN: GroupDecision = { granted: false, reason: 'unknown' }

/**
 * Which group a credential acts as at a group's prefix. Its own, and what is under it, by name; at the prefix
 * of a group above it acts as its own, so that `CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX`, which names the
 * top-level group, opens to jobs of subgroups what is theirs and no more.
 *
 * A job acts as its one group, whatever prefix it takes.
 *
 * @param exists whether a group is declared
 */
export function decideGroup(
  credential: Pick<Credential, 'kind' | 'role' | 'groups'>,
  asked: GroupPath,
  exists: (path: GroupPath) => boolean,
): GroupDecision {
  if (credential.role === 'admin') return exists(asked) ? granted(asked) : UNKNOWN
  const own = credential.groups.filter(exists)
  if (own.includes(asked)) return granted(asked)
  const isBelow = own.some((group) => isUnder(asked, group))
  if (isBelow && credential.kind === 'token') return exists(asked) ? granted(asked) : UNKNOWN
  const above = own.find((group) => isUnder(group, asked))
  return above === undefined ? UNKNOWN : granted(above)
}

/**
 * Which group a credential acts as where the path names none: its first. An admin has no group of its own, and
 * takes the one that those without credentials have.
 */
export function decideMirrorGroup(
  credential: Pick<Credential, 'role' | 'groups'>,
  mirrorGroup: GroupPath,
  exists: (path: GroupPath) => boolean,
): GroupDecision {
  const group = credential.groups.find(exists) ?? (credential.role === 'admin' ? mirrorGroup : undefined)
  return group === undefined ? UNKNOWN : granted(group)
}

function granted(group: GroupPath): GroupDecision {
  return { granted: true, group }
}
