import type { Group, Groups } from '../auth/groups.ts'
import type { NamedLogin } from '../auth/upstream-logins.ts'
import { type Access, accessesOf, accessOf, scopeOf } from '../cache/access.ts'
import type { UpstreamPolicy } from '../cache/upstream-policy.ts'
import type { Admission } from './door-keeper.ts'
import type { JobLogins } from './job-logins.ts'
import type { LoginNames } from './login-names.ts'

/** As whom upstreams are asked for those who were let in: a job's own login, else its group's, else ours. */
export class ReaderAccess {
  readonly #groups: Groups
  readonly #jobs: JobLogins
  readonly #name: LoginNames
  /** Groups are replaced when they change, so that what is remembered is never older than its group. */
  readonly #ofGroups = new WeakMap<Group, Map<UpstreamPolicy, Access>>()

  constructor(parts: {
    groups: Groups
    jobs: JobLogins
    name: LoginNames
  }) {
    this.#groups = parts.groups
    this.#jobs = parts.jobs
    this.#name = parts.name
  }

  of(policy: UpstreamPolicy, { group, credential }: Admission): Access {
    const login = credential?.kind === 'job' ? this.#jobs.find(credential.id, policy.name) : undefined
    return login === undefined ? this.#ofGroup(policy, group) : accessOf(policy, { groups: [], login })
  }

  /** The access with which something was proved; undefined when nobody has it any more. */
  find(policy: UpstreamPolicy, scope: string): Access | undefined {
    const known = accessesOf(policy).find(({ askAs }) => scopeOf(askAs) === scope)
    if (known !== undefined) return known
    const login = this.#loginsAt(policy.name).find(({ id }) => id === scope)
    return login && accessOf(policy, { groups: [], login })
  }

  #ofGroup(policy: UpstreamPolicy, group: Group): Access {
    let byPolicy = this.#ofGroups.get(group)
    if (byPolicy === undefined) {
      byPolicy = new Map()
      this.#ofGroups.set(group, byPolicy)
    }
    let access = byPolicy.get(policy)
    if (access === undefined) {
      const login = this.#loginOf(group, policy.name)
      access = accessOf(policy, { groups: [group.path, ...group.ancestors], login })
      byPolicy.set(policy, access)
    }
    return access
  }

  #loginOf({ rules }: Group, upstream: string): NamedLogin | undefined {
    const login = rules.logins.get(upstream)
    return login && this.#name(upstream, login)
  }

  #loginsAt(upstream: string): NamedLogin[] {
    const ofGroups = this.#groups.list().flatMap((group) => this.#loginOf(group, upstream) ?? [])
    return [...ofGroups, ...this.#jobs.at(upstream)]
  }
}
