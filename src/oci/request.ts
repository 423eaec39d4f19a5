import { type Digest, parseDigest } from './digest.ts'
import { OciError } from './errors.ts'
import { type GroupPath, parseGroupPath } from './group-path.ts'
import { artifactTypeOf, parseTagRange, type TagRange } from './list-query.ts'
import { findMount } from './mount.ts'
import { namespaceOf } from './namespace-query.ts'
import { parseReference, parseRepository, type Reference, type Repository } from './reference.ts'
import { looksLikeRegistry, parseRegistryHost } from './registry-host.ts'

/**
 * Which way a request came in.
 * - `group`   `/v2/<group...>/dependency_proxy/containers/[<registry>/]<image>/...`, as GitLab has it
 * - `mirror`  `/v2/[<registry>/]<image>/...`
 *
 * Both can be mounted: `/<mount>/v2/<rest>` is `/v2/<mount>/<rest>`.
 */
export type Door =
  | { readonly kind: 'group'; readonly group: GroupPath; readonly mount: string }
  | {
      readonly kind: 'mirror'
      /** What stood before `/v2`, as written: `''` for most, `/ghcr.io` of `/ghcr.io/v2/<image>`. */
      readonly mount: string
    }

/** Where the request points, as written by the client and checked against the grammar; not yet routed. */
export interface OciTarget {
  readonly door: Door
  /** From the path, lower case; undefined when the path names none. */
  readonly registry: string | undefined
  /** From `?ns=`, `host` or `host:port`, lower case. May disagree with `registry`: routing decides. */
  readonly ns: string | undefined
  readonly repository: Repository
}

export type ReadMethod = 'GET' | 'HEAD'

export type OciRequest =
  | { readonly kind: 'ping'; readonly door: Door } // end-1
  | {
      readonly kind: 'manifest' // end-3
      readonly method: ReadMethod
      readonly target: OciTarget
      readonly reference: Reference
    }
  | {
      readonly kind: 'blob' // end-2
      readonly method: ReadMethod
      readonly target: OciTarget
      readonly digest: Digest
    }
  | {
      readonly kind: 'tags' // end-8
      readonly method: ReadMethod
      readonly target: OciTarget
      /** The image as the client names it here: the reply repeats it. */
      readonly name: string
      readonly range: TagRange
    }
  | {
      readonly kind: 'referrers' // end-12
      readonly method: ReadMethod
      readonly target: OciTarget
      readonly digest: Digest
      /** Only those of this type; undefined: all. */
      readonly artifactType: string | undefined
    }

/** Room for the longest group, registry and repository, and a sha512 digest. */
const MAX_TARGET_LENGTH = 2048
/** Some clients encode the colon of a digest; nothing else in a path ever needs encoding. */
const ENCODED_COLON = /%3a(?=[^%/]*$)/i
const NOT_PRINTABLE = /[^!-~]/
const PREFIX = '/v2/'
const GROUP_DOOR = '/dependency_proxy/containers/'
/** The name reaches as far as it can: a repository may be called `a/manifests`. */
const SHAPES = [
  { kind: 'manifest', pattern: /^\/v2(?:\/(.*))?\/manifests\/([^/]*)$/ },
  { kind: 'blob', pattern: /^\/v2(?:\/(.*))?\/blobs\/([^/]*)$/ },
  { kind: 'tags', pattern: /^\/v2(?:\/(.*))?\/tags\/list$/ },
  { kind: 'referrers', pattern: /^\/v2(?:\/(.*))?\/referrers\/([^/]*)$/ },
] as const
const PING: OciRequest = { kind: 'ping', door: { kind: 'mirror', mount: '' } }

/** Whether a request is for the registry: under `/v2`, mounted or not. `rawUrl` as for `parseOciRequest`. */
export function isRegistryUrl(rawUrl: string): boolean {
  return rawUrl.startsWith('/v2') || findMount(pathOf(rawUrl)) !== undefined
}

/**
 * Reads one request to the registry. `rawUrl` is the request target exactly as received, path and query: no layer
 * above may decode or normalise it, since what is refused here is what they would tidy away.
 *
 * @throws OciError and nothing else: UNSUPPORTED for writes and for what is not offered, NAME_INVALID,
 * TAG_INVALID and DIGEST_INVALID for what breaks the grammar, NAME_UNKNOWN for a path of no known shape
 */
export function parseOciRequest(method: string, rawUrl: string): OciRequest {
  if (method !== 'GET' && method !== 'HEAD') {
    throw new OciError('UNSUPPORTED', `${method.slice(0, 32)} is not supported: this registry is read-only`)
  }
  if (rawUrl.length > MAX_TARGET_LENGTH) {
    throw new OciError('NAME_INVALID', `the request target is longer than ${MAX_TARGET_LENGTH} characters`)
  }
  const written = pathOf(rawUrl)
  if (written === PREFIX || written === '/v2') return PING

  refuseTraversal(written)
  const mounted = findMount(written)
  if (mounted === undefined) throw unknownShape(written)
  const { mount, rest } = mounted
  if (rest === '' || rest === '/') return { kind: 'ping', door: parseDoor(mount.slice(1), mount).door }
  const path = `/v2${mount}${rest}`
  const query = rawUrl.slice(written.length + 1)
  const shape = SHAPES.find(({ pattern }) => pattern.test(path))
  if (shape === undefined || path.endsWith('/blobs/uploads')) throw unknownShape(path)
  const [, name = '', last = ''] = shape.pattern.exec(path) ?? []
  const target = parseTarget(name, mount, query === '' ? undefined : namespaceOf(query))
  const reference = last.includes('%') ? last.replace(ENCODED_COLON, ':') : last
  switch (shape.kind) {
    case 'manifest':
      return { kind: 'manifest', method, target, reference: parseReference(reference) }
    case 'blob':
      return { kind: 'blob', method, target, digest: parseDigest(reference) }
    case 'tags':
      // What stands before /v2 is not in the name that the client knows.
      return { kind: 'tags', method, target, name: name.slice(mount.length), range: parseTagRange(query) }
    case 'referrers':
      return {
        kind: 'referrers',
        method,
        target,
        digest: parseDigest(reference),
        artifactType: artifactTypeOf(query),
      }
  }
}

function pathOf(rawUrl: string): string {
  const queryAt = rawUrl.indexOf('?')
  return queryAt === -1 ? rawUrl : rawUrl.slice(0, queryAt)
}

function parseTarget(name: string, mount: string, ns: string | undefined): OciTarget {
  const { door, image } = parseDoor(name, mount)
  const slash = image.indexOf('/')
  const first = slash === -1 ? '' : image.slice(0, slash)
  if (!looksLikeRegistry(first)) return { door, registry: undefined, ns, repository: parseRepository(image) }
  return {
    door,
    registry: parseRegistryHost(first),
    ns,
    repository: parseRepository(image.slice(slash + 1)),
  }
}

/** @param name what stands between `/v2/` and the noun */
function parseDoor(name: string, mount: string): { door: Door; image: string } {
  const path = `/${name}/`
  // Only the first pair divides: an image may be called anything, even that.
  const doorAt = path.indexOf(GROUP_DOOR)
  if (doorAt === -1) return { door: { kind: 'mirror', mount }, image: name }
  const group = parseGroupPath(path.slice(1, doorAt))
  return { door: { kind: 'group', group, mount }, image: path.slice(doorAt + GROUP_DOOR.length, -1) }
}

/** Refuses what a proxy, a file system or a careless decoder could read as another path than is written here. */
function refuseTraversal(path: string): void {
  if (path.includes('//')) throw badPath('an empty component')
  if (path.includes('/.') && /\/\.\.?(?:\/|$)/.test(path)) throw badPath('a "." or ".." component')
  if (path.includes('\\')) throw badPath('a backslash')
  if (NOT_PRINTABLE.test(path)) throw badPath('a character that is not printable ASCII')
  const percentAt = path.indexOf('%')
  if (percentAt !== -1 && path.search(ENCODED_COLON) !== percentAt) throw badPath('percent-encoding')
}

function badPath(found: string): OciError {
  return new OciError('NAME_INVALID', `the path has ${found}, which no repository, tag or digest has`)
}

function unknownShape(path: string): OciError {
  if (path === '/v2/_catalog') return notOffered('listing repositories')
  if (/\/blobs\/uploads(?:\/[^/]*)?$/.test(path)) {
    return new OciError('UNSUPPORTED', 'uploading is not supported: this registry is read-only')
  }
  return new OciError(
    'NAME_UNKNOWN',
    `nothing is at ${path.slice(0, 300)}: expected /v2/[<registry>/]<image>/manifests/<tag or digest> ` +
      '/v2/<group>/dependency_proxy/containers/[<registry>/]<image>/manifests/<tag or digest>, ' +
      'the same with /blobs/<digest>, /tags/list or /referrers/<digest>, or with what comes before <image> in front of /v2',
  )
}

/** 404, as the specification has it for optional endpoints: clients then go the way that needs none. */
function notOffered(what: string): OciError {
  return new OciError('NAME_UNKNOWN', `${what} is not supported here: a proxy does not know them all`)
}
