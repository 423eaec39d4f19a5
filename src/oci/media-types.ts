/** What a manifest's media type makes of it. */
export type ManifestKind = 'index' | 'image' | 'artifact'

export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
/** Published in a release candidate of the image specification and dropped; registries still hold some. */
export const OCI_ARTIFACT_MANIFEST = 'application/vnd.oci.artifact.manifest.v1+json'
/** Docker's own name for an index. */
export const DOCKER_MANIFEST_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json'
export const DOCKER_SCHEMA_2 = 'application/vnd.docker.distribution.manifest.v2+json'
export const DOCKER_SCHEMA_1 = 'application/vnd.docker.distribution.manifest.v1+json'
export const DOCKER_SCHEMA_1_SIGNED = 'application/vnd.docker.distribution.manifest.v1+prettyjws'

/**
 * What is always asked of an upstream, whatever the client said: one stored copy of a tag serves every client.
 * Neither schema 1 nor a wildcard is in it, because old registries convert to schema 1 when they may.
 */
export const MANIFEST_ACCEPT = [
  OCI_INDEX,
  DOCKER_MANIFEST_LIST,
  OCI_MANIFEST,
  DOCKER_SCHEMA_2,
  OCI_ARTIFACT_MANIFEST,
].join(', ')

/** A header's media type without parameters, in lower case; `''` when there is none. */
export function bareMediaType(header: string | undefined): string {
  if (header === undefined) return ''
  const end = header.indexOf(';')
  return (end === -1 ? header : header.slice(0, end)).trim().toLowerCase()
}

/** Undefined for schema 1 and for everything that is no manifest. Expects a bare media type. */
export function manifestKindOf(mediaType: string): ManifestKind | undefined {
  switch (mediaType) {
    case OCI_INDEX:
    case DOCKER_MANIFEST_LIST:
      return 'index'
    case OCI_MANIFEST:
    case DOCKER_SCHEMA_2:
      return 'image'
    case OCI_ARTIFACT_MANIFEST:
      return 'artifact'
    default:
      return undefined
  }
}

export function isIndexMediaType(mediaType: string): boolean {
  return manifestKindOf(mediaType) === 'index'
}

/** A manifest proper: an image or an artifact, not an index and not schema 1. */
export function isManifestMediaType(mediaType: string): boolean {
  const kind = manifestKindOf(mediaType)
  return kind === 'image' || kind === 'artifact'
}

export function isSchema1MediaType(mediaType: string): boolean {
  return mediaType === DOCKER_SCHEMA_1 || mediaType === DOCKER_SCHEMA_1_SIGNED
}

/** Layers that a registry may not hold, whatever their compression: Docker "foreign", OCI "nondistributable". */
export function isForeignLayerMediaType(mediaType: string): boolean {
  return (
    mediaType.startsWith('application/vnd.docker.image.rootfs.foreign.') ||
    mediaType.startsWith('application/vnd.oci.image.layer.nondistributable.')
  )
}
