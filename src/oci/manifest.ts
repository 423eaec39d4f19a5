import {
  type Descriptor,
  isJsonObject,
  type JsonObject,
  type Platform,
  readDescriptor,
  readDescriptors,
} from './descriptor.ts'
import { OciError } from './errors.ts'
import {
  bareMediaType,
  isForeignLayerMediaType,
  isManifestMediaType,
  isSchema1MediaType,
  type ManifestKind,
  manifestKindOf,
  OCI_INDEX,
  OCI_MANIFEST,
} from './media-types.ts'

/** The distribution specification's recommended ceiling (4 MiB). */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024

/** An index may hold indexes that hold indexes. Real ones have one level; a chain without end is an attack. */
export const MAX_INDEX_DEPTH = 3

export type ManifestReference = Descriptor & {
  readonly role: 'manifest' | 'config' | 'layer' | 'blob'
  /** A layer that clients fetch from elsewhere: the registry may not have it. */
  readonly foreign?: true
}

/** A checked manifest. Its bytes stay with the caller: they are stored and served exactly as received. */
export interface Manifest {
  readonly kind: ManifestKind
  /** Bare and lower case: the header's, or the one settled from the body when the header told none. */
  readonly mediaType: string
  /** In the document's order; a manifest's config comes before its layers. Never the subject. */
  readonly references: readonly ManifestReference[]
  /** What this manifest is about (a signature's image). It may not exist, and opens no access. */
  readonly subject?: Descriptor
  readonly artifactType?: string
}

/**
 * Reads an index, an image manifest (OCI or Docker schema 2) or an artifact manifest.
 *
 * `mediaType` is the Content-Type of the reply that carried it, as received. When it is absent or plain
 * `application/json`, the body's own mediaType decides, then its shape.
 *
 * @throws OciError MANIFEST_UNKNOWN for schema 1; MANIFEST_INVALID for what is no manifest, is larger than
 * MAX_MANIFEST_BYTES, or can be read as two kinds at once (CVE-2021-41190)
 */
export function parseManifest(bytes: Uint8Array, mediaType: string | undefined): Manifest {
  const header = bareMediaType(mediaType)
  if (isSchema1MediaType(header)) throw schema1()
  if (bytes.byteLength > MAX_MANIFEST_BYTES) {
    throw invalid(`is ${bytes.byteLength} bytes long; at most ${MAX_MANIFEST_BYTES} are accepted`)
  }
  const document = parseDocument(bytes)
  const settled = settleMediaType(header, document)
  const kind = manifestKindOf(settled)
  if (kind === undefined) {
    throw invalid(
      `has the media type ${JSON.stringify(settled.slice(0, 140))}, which is not that of a manifest`,
    )
  }
  refuseOtherShapes(kind, document)

  const { subject, artifactType } = document
  if (artifactType !== undefined && artifactType !== null && typeof artifactType !== 'string') {
    throw invalid('has an artifactType that is not a string')
  }
  return {
    kind,
    mediaType: settled,
    references: readReferences(kind, document),
    ...(subject === undefined || subject === null ? {} : { subject: readDescriptor(subject, 'subject') }),
    ...(typeof artifactType === 'string' ? { artifactType } : {}),
  }
}

/**
 * The manifest of an index for one platform, for clients that take no index. Without a variant asked for, an
 * entry without one is preferred. Attestations stand in an index as platform unknown/unknown: never chosen.
 */
export function platformManifest(index: Manifest, platform: Platform): ManifestReference | undefined {
  if (platform.os === 'unknown' || platform.architecture === 'unknown') return undefined
  const candidates = index.references.filter(
    ({ role, mediaType, platform: own }) =>
      role === 'manifest' &&
      isManifestMediaType(bareMediaType(mediaType)) &&
      own?.os === platform.os &&
      own.architecture === platform.architecture &&
      (platform.variant === undefined || own.variant === platform.variant),
  )
  return candidates.find((candidate) => candidate.platform?.variant === platform.variant) ?? candidates[0]
}

function parseDocument(bytes: Uint8Array): JsonObject {
  let document: unknown
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (error) {
    throw new OciError('MANIFEST_INVALID', 'the manifest is not JSON', { cause: error })
  }
  if (!isJsonObject(document)) throw invalid('is not a JSON object')
  return document
}

function settleMediaType(header: string, document: JsonObject): string {
  const { schemaVersion, mediaType: own } = document
  if (own !== undefined && own !== null && typeof own !== 'string') {
    throw invalid('has a mediaType that is not a string')
  }
  const body = typeof own === 'string' ? bareMediaType(own) : ''
  if (isSchema1MediaType(body) || schemaVersion === 1 || isThere(document, 'fsLayers')) throw schema1()
  if (schemaVersion !== undefined && schemaVersion !== 2) throw invalid('has a schemaVersion other than 2')

  if (header !== '' && header !== 'application/json') {
    const kind = manifestKindOf(body)
    if (kind !== undefined && kind !== manifestKindOf(header)) {
      throw invalid(`was sent as ${header.slice(0, 140)} but calls itself ${body}`)
    }
    return header
  }
  if (body !== '') return body
  if (isThere(document, 'manifests')) return OCI_INDEX
  if (isThere(document, 'config') && isThere(document, 'layers')) return OCI_MANIFEST
  throw invalid('tells no media type and has the shape of none')
}

/** Fields of the other kinds, empty or not: two clients must never read one digest as different images. */
const FIELDS_OF_OTHERS: Readonly<Record<ManifestKind, readonly string[]>> = {
  index: ['config', 'layers', 'blobs'],
  image: ['manifests', 'blobs'],
  artifact: ['manifests', 'config', 'layers'],
}

function refuseOtherShapes(kind: ManifestKind, document: JsonObject): void {
  const field = FIELDS_OF_OTHERS[kind].find((name) => isThere(document, name))
  if (field !== undefined) throw invalid(`is an ${kind} manifest and also has "${field}"`)
}

function readReferences(kind: ManifestKind, document: JsonObject): ManifestReference[] {
  switch (kind) {
    case 'index':
      return readDescriptors(document.manifests, 'manifests').map((entry) => ({
        ...entry,
        role: 'manifest',
      }))
    case 'image': {
      const config: ManifestReference = { ...readDescriptor(document.config, 'config'), role: 'config' }
      return [config, ...readDescriptors(document.layers, 'layers').map(layerReference)]
    }
    case 'artifact':
      return readDescriptors(document.blobs ?? null, 'blobs').map((entry) => ({ ...entry, role: 'blob' }))
  }
}

function layerReference(layer: Descriptor): ManifestReference {
  const foreign = layer.urls !== undefined || isForeignLayerMediaType(bareMediaType(layer.mediaType))
  return foreign ? { ...layer, role: 'layer', foreign } : { ...layer, role: 'layer' }
}

function isThere(document: JsonObject, field: string): boolean {
  return document[field] !== undefined && document[field] !== null
}

function invalid(trouble: string): OciError {
  return new OciError('MANIFEST_INVALID', `the manifest ${trouble}`)
}

function schema1(): OciError {
  return new OciError(
    'MANIFEST_UNKNOWN',
    'this image has a schema 1 manifest, a format that was retired: ' +
      'push it again with a current tool (docker push, skopeo copy) and pull it then',
  )
}
