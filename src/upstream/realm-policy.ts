/** Registries whose token servers live under another name. */
const BUILT_IN_PAIRS: Readonly<Record<string, string>> = {
  'docker.io': 'auth.docker.io',
  'registry.gitlab.com': 'gitlab.com',
}

export interface RealmOwner {
  /** Canonical registry name: `docker.io`. */
  readonly name: string
  readonly url: URL
  /** `host` or `host:port`. */
  readonly tokenHosts: readonly string[]
}

export type RealmDecision =
  | { readonly allowed: true; readonly realm: URL }
  /** `reason` completes the sentence "the realm …". */
  | { readonly allowed: false; readonly reason: string }

/**
 * May a token request of this upstream, credentials and all, go to this realm? A registry, or whoever stands
 * between, must not choose who gets a password: hence the same host, a built-in pair, or a named token host.
 */
export function decideRealm(owner: RealmOwner, realm: string): RealmDecision {
  if (!URL.canParse(realm)) return refuse('is not an absolute URL')
  const url = new URL(realm)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return refuse('is neither https nor http')
  if (url.protocol === 'http:' && owner.url.protocol !== 'http:') {
    return refuse('is plain http although the registry is https')
  }
  if (url.username !== '' || url.password !== '') return refuse('holds a user name or a password')
  if (url.hash !== '' || realm.includes('#')) return refuse('has a fragment')
  if (!isTokenHost(owner, url))
    return refuse('is on a host that is not among the token hosts of this upstream')
  return { allowed: true, realm: url }
}

function isTokenHost(owner: RealmOwner, realm: URL): boolean {
  if (realm.hostname === owner.url.hostname) return true
  // A pair names the port of https by naming none.
  if (BUILT_IN_PAIRS[owner.name] === realm.host) return true
  return owner.tokenHosts.some((host) => matchesHost(host.toLowerCase(), realm))
}

/** A host without a port stands for every port of it. */
function matchesHost(host: string, realm: URL): boolean {
  if (host === realm.hostname) return true
  const port = realm.port === '' ? defaultPort(realm) : realm.port
  return host === `${realm.hostname}:${port}`
}

function defaultPort(url: URL): string {
  return url.protocol === 'https:' ? '443' : '80'
}

function refuse(reason: string): RealmDecision {
  return { allowed: false, reason }
}
