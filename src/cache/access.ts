import type { Repository } from '../oci/reference.ts'
import type { UpstreamCredential } from '../upstream/upstream.ts'
import type { UpstreamPolicy } from './upstream-policy.ts'

/** The proof scope of content that the upstream gives to everybody. */
export const PUBLIC_SCOPE = 'public'

/** One reader's view of one repository. */
export interface PullTarget {
  readonly policy: UpstreamPolicy
  readonly repository: Repository
  readonly access: Access
}

export interface Access {
  /** Proofs of these scopes open content to this reader. */
  readonly scopes: readonly string[]
  /** As whom the upstream is asked whether this reader may have something: that answer is the proof. */
  readonly askAs: UpstreamCredential | undefined
  /** As whom content is downloaded once it may be read: a credential has the higher limits. */
  readonly fetchAs: UpstreamCredential | undefined
}

/** Who reads, as far as upstreams are concerned. */
export interface Reader {
  /** The group that a pull is for, and those above it. */
  readonly groups: readonly string[]
  /** Its own login at this upstream, if it has one. */
  readonly login: UpstreamCredential | undefined
}

/**
 * What a reader may have of an upstream. One with a login of its own reads as that, and as nothing else. Content
 * that needs our credential is for the groups of `privateFor` and those under them; the others get what the
 * upstream gives to everybody, downloaded with the credential all the same.
 */
export function accessOf(policy: UpstreamPolicy, { groups, login }: Reader): Access {
  const isPrivileged = groups.some((group) => policy.privateFor.has(group))
  const reader = login ?? (isPrivileged ? policy.credential : undefined)
  if (reader === undefined) return { scopes: [PUBLIC_SCOPE], askAs: undefined, fetchAs: policy.credential }
  return { scopes: [PUBLIC_SCOPE, reader.id], askAs: reader, fetchAs: reader }
}

/**
 * As whom something is fetched that no client asked for, the first that may have it deciding: everybody, so that
 * every group can read it then, else the groups of `privateFor`.
 */
export function accessesOf(policy: UpstreamPolicy): readonly Access[] {
  const { credential, privateFor } = policy
  const everybody = accessOf(policy, { groups: [], login: undefined })
  if (credential === undefined || privateFor.size === 0) return [everybody]
  return [everybody, accessOf(policy, { groups: [], login: credential })]
}

export function scopeOf(credential: UpstreamCredential | undefined): string {
  return credential?.id ?? PUBLIC_SCOPE
}

/** Whether a download is itself the proof that this reader may have the content. */
export function fetchingProves(access: Access): boolean {
  return scopeOf(access.askAs) === scopeOf(access.fetchAs)
}

/** Names one piece of work for one kind of reader of one repository. */
export function workKey(target: PullTarget, what: string): string {
  return `${scopeOf(target.access.askAs)} ${target.policy.name} ${target.repository} ${what}`
}
