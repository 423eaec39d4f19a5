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

/**
 * What a group may read of an upstream. Content that needs our credential is for the groups of `privateFor`;
 * the others get what the upstream gives to everybody, downloaded with the credential all the same.
 */
export function accessOf(policy: UpstreamPolicy, group: string): Access {
  const { credential } = policy
  if (credential === undefined) return { scopes: [PUBLIC_SCOPE], askAs: undefined, fetchAs: undefined }
  if (!policy.privateFor.has(group)) return { scopes: [PUBLIC_SCOPE], askAs: undefined, fetchAs: credential }
  return { scopes: [PUBLIC_SCOPE, credential.id], askAs: credential, fetchAs: credential }
}

/**
 * As whom something is fetched that no client asked for, the first that may have it deciding: everybody, so that
 * every group can read it then, else the groups of `privateFor`.
 */
export function accessesOf(policy: UpstreamPolicy): readonly Access[] {
  const { credential, privateFor } = policy
  const everybody: Access = { scopes: [PUBLIC_SCOPE], askAs: undefined, fetchAs: credential }
  const [group] = privateFor
  return credential === undefined || group === undefined ? [everybody] : [everybody, accessOf(policy, group)]
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
