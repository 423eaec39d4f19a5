import { matchCredential } from '../auth/match-credential.ts'
import type { CredentialEntry, RegistryLogin } from '../auth/registry-login.ts'
import type { JobAccess, ProxiedImage } from '../dependency-proxy.ts'
import { repositoryOf, type WantedImage } from './wanted-image.ts'

/** One way to get an image. */
export interface PullWay {
  /** With tag or digest: what the engine is told to pull. */
  readonly reference: string
  /** What the engine proves itself with, there and nowhere else. */
  readonly login: RegistryLogin | undefined
  /** Whether it goes through the proxy. */
  readonly isProxied: boolean
}

export interface PullRoute {
  /** `docker.io/library/postgres:12.2`; of a name under the proxy's own prefix, what is behind it. */
  readonly canonical: string
  /** The login that matches the name; wherever the image comes from, its rights count. */
  readonly credential: CredentialEntry | undefined
  /** At least one; the next is tried when one refuses the login. */
  readonly ways: readonly PullWay[]
}

export interface RouteFacts {
  /** Absent: there is no proxy. */
  readonly access: Pick<JobAccess, 'route'> | undefined
  readonly entries: readonly CredentialEntry[]
  /** The logins that the proxy was handed, by registry. */
  readonly handed: ReadonlyMap<string, RegistryLogin>
}

/**
 * How an image is pulled: through the proxy when it fronts the registry and has the login that matches, if there
 * is one; otherwise, and when the proxy refuses it, where the name says, with that login.
 */
export function routePull(wanted: WantedImage, { access, entries, handed }: RouteFacts): PullRoute {
  const credential = matchCredential(entries, wanted.name)
  const direct: PullWay = { reference: wanted.reference, login: credential?.login, isProxied: false }
  const proxied = access?.route(wanted.name)
  if (proxied === undefined) return { canonical: wanted.canonical, credential, ways: [direct] }
  const { canonical } = proxied
  // A name under the proxy's prefix leads nowhere else.
  if (canonical !== wanted.canonical)
    return { canonical, credential: undefined, ways: [throughProxy(proxied)] }
  if (credential === undefined) return { canonical, credential, ways: [throughProxy(proxied)] }
  const isHanded = handed.get(registryOf(canonical)) === credential.login
  return { canonical, credential, ways: isHanded ? [throughProxy(proxied), direct] : [direct] }
}

/** `docker.io`, `registry.example.com:5000`. */
export function registryOf(canonical: string): string {
  return canonical.slice(0, canonical.indexOf('/'))
}

/** The same way to the same repository, to one digest of it. */
export function wayToDigest(way: PullWay, digest: string): PullWay {
  return { ...way, reference: `${repositoryOf(way.reference)}@${digest}` }
}

function throughProxy({ reference, login }: ProxiedImage): PullWay {
  return { reference, login: { kind: 'password', ...login }, isProxied: true }
}
