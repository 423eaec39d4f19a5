import { matchCredential } from '../auth/match-credential.ts'
import type { CredentialEntry, RegistryLogin } from '../auth/registry-login.ts'
import type { RegistryMirror } from '../config/registry-mirror.ts'
import type { JobAccess, ProxiedImage } from '../dependency-proxy.ts'
import { behindServerProxy } from './server-proxy.ts'
import { repositoryOf, type WantedImage } from './wanted-image.ts'

/** One way to get an image. */
export interface PullWay {
  /** With tag or digest: what the engine is told to pull. */
  readonly reference: string
  /** What the engine proves itself with, there and nowhere else. */
  readonly login: RegistryLogin | undefined
  /** `proxy`: through ours. `mirror`: through what the settings name, which may fail. `direct`: where the name says. */
  readonly kind: 'proxy' | 'mirror' | 'direct'
}

export interface PullRoute {
  /** `docker.io/library/postgres:12.2`; of a name under the proxy's own prefix, what is behind it. */
  readonly canonical: string
  /** The login that matches the name; wherever the image comes from, its rights count. */
  readonly credential: CredentialEntry | undefined
  /** At least one; the next is tried when one refuses the login, and after a mirror whatever went wrong. */
  readonly ways: readonly PullWay[]
}

export interface RouteFacts {
  /** Absent: there is no proxy. */
  readonly access: Pick<JobAccess, 'route'> | undefined
  readonly entries: readonly CredentialEntry[]
  /** The logins that the proxy was handed, by registry. */
  readonly handed: ReadonlyMap<string, RegistryLogin>
  /** For registries that the proxy does not front. */
  readonly mirrors: readonly RegistryMirror[]
  /** The dependency proxy of the server that sent the job: `gitlab.example:443`. */
  readonly serverProxy?: string | undefined
}

/**
 * How an image is pulled: through the proxy when it fronts the registry and has the login that matches, if there
 * is one; otherwise, and when the proxy refuses it, where the name says, with that login. Of registries that no proxy
 * fronts a mirror is asked first.
 */
export function routePull(
  wanted: WantedImage,
  { access, entries, handed, mirrors, serverProxy }: RouteFacts,
): PullRoute {
  const credential = matchCredential(entries, wanted.name)
  const direct: PullWay = { reference: wanted.reference, login: credential?.login, kind: 'direct' }
  const behind = behindServerProxy(wanted.name, serverProxy)
  const proxied = access?.route(behind ?? wanted.name)
  if (proxied === undefined) {
    const ways = [...throughMirror(wanted.canonical, mirrors, entries), direct]
    return { canonical: wanted.canonical, credential, ways }
  }
  const { canonical } = proxied
  // The server's login is for its own proxy, which may see more than ours.
  if (behind !== undefined) return { canonical, credential, ways: [throughProxy(proxied), direct] }
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

/** Whose right it is that a way has shown: a mirror never saw the login for the registry behind it. */
export function provenLogin({ credential }: PullRoute, way: PullWay): RegistryLogin | undefined {
  return way.kind === 'mirror' ? way.login : credential?.login
}

/** The same way to the same repository, to one digest of it. */
export function wayToDigest(way: PullWay, digest: string): PullWay {
  return { ...way, reference: `${repositoryOf(way.reference)}@${digest}` }
}

function throughProxy({ reference, login }: ProxiedImage): PullWay {
  return { reference, login: { kind: 'password', ...login }, kind: 'proxy' }
}

/** With a login for the mirror itself, if there is one: that of the registry is for the registry alone. */
function throughMirror(
  canonical: string,
  mirrors: readonly RegistryMirror[],
  entries: readonly CredentialEntry[],
): PullWay[] {
  const registry = registryOf(canonical)
  const mirror = mirrors.find((each) => each.registry === registry)
  if (mirror === undefined) return []
  const reference = mirror.prefix + canonical.slice(registry.length)
  return [{ reference, login: matchCredential(entries, reference)?.login, kind: 'mirror' }]
}
