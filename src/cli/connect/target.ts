import { isLoopbackHost } from '../../auth/loopback.ts'
import { isRecognisedInPaths } from '../../config/names.ts'

/** What a client is to be connected to. */
export interface ConnectionTarget {
  /** Where the client reaches the server: scheme, host and port. */
  readonly url: URL
  /** Path of the group that the client pulls as. */
  readonly group: string
  /** What the server caches. */
  readonly upstreams: readonly ConnectedUpstream[]
  /** Only these of the upstreams, by name. Absent: all of them. */
  readonly registries?: readonly string[] | undefined
  /** Who the client says it is. Absent: nobody, it pulls anonymously. The secret is never printed. */
  readonly credential?: { readonly username: string } | undefined
}

export interface ConnectedUpstream {
  /** `docker.io`, `registry.example:5000`. */
  readonly name: string
  /** Stands for the name in paths. */
  readonly alias?: string | undefined
}

/** What to do on the client's machine. Everything can be used as it is. */
export interface Connection {
  readonly files: readonly ConnectionFile[]
  /** To run in this order after the files are there. */
  readonly commands: readonly string[]
  /** A command that pulls or builds by way of the server, and fails or says so when that does not work. */
  readonly check: string
  /** One sentence or two each. */
  readonly notes: readonly string[]
}

export interface ConnectionFile {
  /** Where the client looks by default. */
  readonly path: string
  readonly text: string
  /** `whole`: the file is ours. `part`: these lines go into a file that may hold other things. */
  readonly kind: 'whole' | 'part'
}

/** A registry that can be named in a path: `ghcr.io`, or the alias of one that has a port. */
export interface MirroredRegistry {
  readonly name: string
  /** Its component in paths. */
  readonly component: string
}

/** `127.0.0.1:5000/acme/dependency_proxy/containers`, which goes in front of an image's name. */
export function imagePrefix({ url, group }: ConnectionTarget): string {
  return `${url.host}/${group}/dependency_proxy/containers`
}

export function isPlainHttp({ url }: ConnectionTarget): boolean {
  return url.protocol === 'http:'
}

export function isOnThisMachine({ url }: ConnectionTarget): boolean {
  return isLoopbackHost(url.host)
}

/** The registries to be mirrored by a path. */
export function mirroredRegistries(target: ConnectionTarget): MirroredRegistry[] {
  return wantedUpstreams(target).flatMap(({ name, alias }) => {
    const component = isRecognisedInPaths(name) ? name : alias
    return component === undefined ? [] : [{ name, component }]
  })
}

/** What to know of registries that no path can name. */
export function unreachableNotes(target: ConnectionTarget): string[] {
  return wantedUpstreams(target)
    .filter(({ name, alias }) => !isRecognisedInPaths(name) && alias === undefined)
    .map(({ name }) => `${name} cannot stand in a path: give it an alias (upstreams.${name}.alias) first.`)
}

/** Who may pull without credentials is the first thing that newcomers stumble on. */
export function accessNotes(target: ConnectionTarget): string[] {
  if (target.credential !== undefined) return []
  const networks = `groups.${target.group}.anonymous.networks`
  return isOnThisMachine(target)
    ? [
        `${target.url.host} is this machine as clients on it see it. For clients in containers or elsewhere, let ` +
          `the server listen on an address that they reach, name their networks in ${networks}, and pass ` +
          '--url with that address.',
      ]
    : [`Clients pull without credentials: their networks have to be named in ${networks}.`]
}

/** The image of the checks: small, on Docker Hub, for every platform. */
export const CHECK_IMAGE = 'library/alpine:3'

function wantedUpstreams({ upstreams, registries }: ConnectionTarget): readonly ConnectedUpstream[] {
  return registries === undefined ? upstreams : upstreams.filter(({ name }) => registries.includes(name))
}
