const V2 = '/v2'
const GROUP_DOOR = '/dependency_proxy/containers'

/** A request path, taken apart where the API begins. */
export interface MountedPath {
  /** What stands before `/v2`: `''`, or the beginning of the name: `/ghcr.io`, `/acme/dependency_proxy/containers`. */
  readonly mount: string
  /** What `/v2` and the end say after it, from its slash on; `''` for a bare `/v2`. */
  readonly rest: string
}

/**
 * Finds the `/v2` of a path. Clients that are given a mirror with a path put it in front of `/v2`: newer Docker
 * engines do. Then the path is one component (a registry or an alias), or a group's prefix with one component
 * behind it or none. Undefined: the path has no `/v2` in such a place.
 *
 * A path that begins with `/v2/` is never mounted, whatever else is in it.
 */
export function findMount(path: string): MountedPath | undefined {
  if (path === V2 || path.startsWith(`${V2}/`)) return { mount: '', rest: path.slice(V2.length) }
  if (!path.startsWith('/')) return undefined
  const doorAt = path.indexOf(`${GROUP_DOOR}/`, 1)
  const prefixEnd = doorAt === -1 ? -1 : doorAt + GROUP_DOOR.length
  // The longer mount first: without it a group whose path has a "v2" in it could not be told from its parent.
  for (const from of [prefixEnd, 0]) {
    const mountEnd = from === -1 ? undefined : mountEndFrom(path, from)
    if (mountEnd !== undefined) {
      return { mount: path.slice(0, mountEnd), rest: path.slice(mountEnd + V2.length) }
    }
  }
  return undefined
}

/** Where a mount ends that has at most one component after `from`; a mount is never empty. */
function mountEndFrom(path: string, from: number): number | undefined {
  if (from > 0 && isV2At(path, from)) return from
  const slash = path.indexOf('/', from + 1)
  return slash > from + 1 && isV2At(path, slash) ? slash : undefined
}

function isV2At(path: string, at: number): boolean {
  if (!path.startsWith(V2, at)) return false
  const end = at + V2.length
  return end === path.length || path[end] === '/'
}
