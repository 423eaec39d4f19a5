import type { ProxyAddresses } from '../../executor/proxy/proxy-addresses.ts'
import type { AboutReply } from '../../server/schemas/about.ts'
import { reachableUrl } from '../server-url.ts'
import { RunRefused } from './run-refused.ts'

/** What the settings say; each `HOST:PORT`. */
export interface AddressChoice {
  readonly engineAddress: string | undefined
  readonly jobAddress: string | undefined
}

/** Where the engine is, as far as it changes how it reaches a proxy. */
export interface EnginePlace {
  /** As it is named: `unix:///var/run/docker.sock`. */
  readonly host: string
  /** Whether 127.0.0.1 is this machine for the engine, too. */
  readonly isHere: boolean
}

/** What a server on this machine has opened for jobs; it demands credentials there. Each is `HOST:PORT`. */
export interface OpenedListeners {
  /** On loopback: an engine that is not asked for its login pulls as nobody, and not as the job. */
  readonly loopback: string | undefined
  /** Where containers find this machine. */
  readonly gateway: string | undefined
}

/**
 * Under which names a server on this machine is reached.
 * @throws RunRefused that names the setting without which the engine reaches nothing
 */
export function localAddresses(
  about: Pick<AboutReply, 'addresses' | 'externalUrl'>,
  engine: EnginePlace,
  { engineAddress, jobAddress }: AddressChoice,
  { loopback, gateway }: OpenedListeners,
): ProxyAddresses {
  const urls = about.addresses.map(reachableUrl)
  const external = about.externalUrl === null ? [] : [new URL(about.externalUrl)]
  return {
    engine: engineAddress ?? loopback ?? hostWithPort(engineUrl(urls, external, engine)),
    job: jobAddress ?? gateway,
    // What listens on the gateway is plain HTTP; another address is taken to be what the server is.
    isJobSecure: jobAddress !== undefined && [...external, ...urls].some(isSecure),
    api: [...urls, ...external].map(hostWithPort),
  }
}

/** An engine elsewhere does not find this machine at 127.0.0.1, and takes plain HTTP from nowhere else. */
function engineUrl(urls: readonly URL[], external: readonly URL[], engine: EnginePlace): URL {
  const secure = [...external, ...urls].find(isSecure)
  if (secure !== undefined) return secure
  throw new RunRefused(
    `the Docker Engine at ${engine.host} does not run on this machine, and does not find the cache at 127.0.0.1: ` +
      'say where it is for the engine, with engine_address in [runners.entrepot], ENTREPOT_ENGINE_ADDRESS ' +
      'or --engine-address HOST:PORT, and list that in the insecure-registries of the engine',
  )
}

/** Under which names a server elsewhere is reached: where we reach it, unless the settings know better. */
export function remoteAddresses(
  url: URL,
  engine: EnginePlace,
  { engineAddress, jobAddress }: AddressChoice,
): ProxyAddresses {
  const address = hostWithPort(url)
  if (engineAddress === undefined && isLoopback(url.hostname) && !engine.isHere) engineUrl([url], [], engine)
  return {
    engine: engineAddress ?? address,
    // In a container, loopback is the container itself.
    job: jobAddress ?? (isLoopback(url.hostname) ? undefined : address),
    isJobSecure: isSecure(url),
    api: [address],
  }
}

/**
 * Whether an engine finds that server at 127.0.0.1, where this machine may pull as nobody: it is then asked for another
 * port, which demands the login of the job.
 */
export function needsEnginePort(
  url: URL,
  engine: EnginePlace,
  { engineAddress }: Pick<AddressChoice, 'engineAddress'>,
): boolean {
  return engineAddress === undefined && engine.isHere && isLoopback(url.hostname)
}

/** Names of images need a port: without one HTTPS is meant. */
function hostWithPort({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port || (protocol === 'http:' ? 80 : 443)}`
}

function isSecure({ protocol }: URL): boolean {
  return protocol === 'https:'
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
}
