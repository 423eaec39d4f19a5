import { type Digest, parseDigest } from './digest.ts'
import { OciError } from './errors.ts'
import { type GroupPath, parseGroupPath } from './group-path.ts'
import { namespaceOf } from './namespace-query.ts'
import { parseReference, parseRepository, type Reference, type Repository } from './reference.ts'
import { looksLikeRegistry, parseRegistryHost } from './registry-host.ts'

/**
 * Which way a request came in.
 * - `group`   `/v2/<group...>/dependency_proxy/containers/[<registry>/]<image>/...`, as GitLab has it
 * - `mirror`  `/v2/[<registry>/]<image>/...`
 */
export type Door = { readonly kind: 'group'; readonly group: GroupPath } | { readonly kind: 'mirror' }

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
  | { readonly kind: 'ping' } // end-1
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

/** Room for the longest group, registry and repository, and a sha512 digest. */
const MAX_TARGET_LENGTH = 2048
/** Some clients encode the colon of a digest; nothing else in a path ever needs encoding. */
const ENCODED_COLON = /%3a(?=[^%/]*$)/i
const NOT_PRINTABLE = /[^!-~]/
const PREFIX = '/v2/'
const GROUP_DOOR = '/dependency_proxy/containers/'
const MIRROR: Door = { kind: 'mirror' }
const PING: OciRequest = { kind: 'ping' }

/**
 * Reads one request under /v2. `rawUrl` is the request target exactly as received, path and query: no layer
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
  const queryAt = rawUrl.indexOf('?')
  const path = queryAt === -1 ? rawUrl : rawUrl.slice(0, queryAt)
  if (path === PREFIX || path === '/v2') return PING

  refuseTraversal(path)
  if (!path.startsWith(PREFIX)) throw unknownShape(path)
  const referenceAt = path.lastIndexOf('/') + 1
  const isManifest = path.endsWith('/manifests/', referenceAt)
  if (!isManifest && !path.endsWith('/blobs/', referenceAt)) throw unknownShape(path)
  if (!isManifest && path.endsWith('/blobs/uploads')) throw unknownShape(path)

  const written = path.slice(referenceAt)
  const reference = written.includes('%') ? written.replace(ENCODED_COLON, ':') : written
  const nameEnd = referenceAt - (isManifest ? '/manifests/'.length : '/blobs/'.length)
  const ns = queryAt === -1 ? undefined : namespaceOf(rawUrl.slice(queryAt + 1))
  const target = parseTarget(path, nameEnd, ns)
  return isManifest
    ? { kind: 'manifest', method, target, reference: parseReference(reference) }
    : { kind: 'blob', method, target, digest: parseDigest(reference) }
}

function parseTarget(path: string, nameEnd: number, ns: string | undefined): OciTarget {
  // Only the first pair divides: an image may be called anything, even that.
  const doorAt = path.indexOf(GROUP_DOOR, PREFIX.length - 1)
  const isGroup = doorAt !== -1 && doorAt < nameEnd
  const door: Door = isGroup
    ? { kind: 'group', group: parseGroupPath(path.slice(PREFIX.length, doorAt)) }
    : MIRROR
  // Without an image the two patterns share a slash, and the image would begin behind its end.
  const imageAt = isGroup ? doorAt + GROUP_DOOR.length : PREFIX.length
  const image = imageAt < nameEnd ? path.slice(imageAt, nameEnd) : ''

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
  if (path.endsWith('/tags/list')) return notOffered('listing tags')
  if (path === '/v2/_catalog') return notOffered('listing repositories')
  if (/\/referrers\/[^/]*$/.test(path)) return notOffered('listing referrers')
  if (/\/blobs\/uploads(?:\/[^/]*)?$/.test(path)) {
    return new OciError('UNSUPPORTED', 'uploading is not supported: this registry is read-only')
  }
  return new OciError(
    'NAME_UNKNOWN',
    `nothing is at ${path.slice(0, 300)}: expected /v2/[<registry>/]<image>/manifests/<tag or digest> ` +
      'or /v2/<group>/dependency_proxy/containers/[<registry>/]<image>/manifests/<tag or digest>, ' +
      'or the same with /blobs/<digest>',
  )
}

/** 404, as the specification has it for optional endpoints: clients then go the way that needs none. */
function notOffered(what: string): OciError {
  return new OciError(
    'NAME_UNKNOWN',
    `${what} is not supported here: this registry serves manifests and blobs`,
  )
}
