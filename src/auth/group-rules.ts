import type { GroupPath } from '../oci/group-path.ts'

/** A login at an upstream that belongs to a group. */
export interface GroupLogin {
  readonly username: string
  readonly password: string
}

/** What is declared of a group, in the settings or by command. What is absent is inherited. */
export interface GroupRules {
  /** Globs on `<registry>/<repository>` of what may be pulled. */
  readonly repositories: readonly string[] | undefined
  /** Networks that may pull without credentials. */
  readonly anonymousNetworks: readonly string[] | undefined
  /** Its own logins, by upstream. */
  readonly logins: ReadonlyMap<string, GroupLogin>
}

const NOTHING: GroupRules = { repositories: undefined, anonymousNetworks: undefined, logins: new Map() }

/** The groups above, the nearest first: `acme/web/api` is under `acme/web` and `acme`. */
export function ancestorsOf(path: GroupPath): GroupPath[] {
  const ancestors: GroupPath[] = []
  for (let at = path.lastIndexOf('/'); at !== -1; at = path.lastIndexOf('/', at - 1)) {
    ancestors.push(path.slice(0, at) as GroupPath)
  }
  return ancestors
}

export function isUnder(path: GroupPath, ancestor: GroupPath): boolean {
  return path.startsWith(`${ancestor}/`)
}

/**
 * What holds for a group: its own word on a thing, else that of the nearest group above that has one. Logins
 * are inherited one by one.
 */
export function inheritRules(
  path: GroupPath,
  declared: (path: GroupPath) => GroupRules | undefined,
): GroupRules {
  const own = declared(path) ?? NOTHING
  let { repositories, anonymousNetworks } = own
  const logins = new Map(own.logins)
  for (const ancestor of ancestorsOf(path)) {
    const above = declared(ancestor)
    if (above === undefined) continue
    repositories ??= above.repositories
    anonymousNetworks ??= above.anonymousNetworks
    for (const [upstream, login] of above.logins) {
      if (!logins.has(upstream)) logins.set(upstream, login)
    }
  }
  return { repositories, anonymousNetworks, logins }
}
