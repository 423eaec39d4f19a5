import { isJsonObject, type JsonObject, readDescriptor } from './descriptor.ts'
import { algorithmOf, type Digest, hexOf } from './digest.ts'
import { OciError } from './errors.ts'
import { OCI_INDEX } from './media-types.ts'
import type { Tag } from './reference.ts'

/**
 * The descriptors of an index of referrers, as they were sent: annotations and all.
 * @throws OciError MANIFEST_INVALID
 */
export function readReferrers(bytes: Uint8Array): readonly JsonObject[] {
  let document: unknown
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new OciError('MANIFEST_INVALID', 'the list of referrers is not JSON', { cause: error })
  }
  const manifests = isJsonObject(document) ? (document.manifests ?? []) : undefined
  if (!Array.isArray(manifests)) {
    throw new OciError('MANIFEST_INVALID', 'the list of referrers is not an index')
  }
  return manifests.filter((item: unknown, index): item is JsonObject => {
    readDescriptor(item, `manifests[${index}]`)
    return isJsonObject(item)
  })
}

/** An index of these, as the referrers API answers it. */
export function formatReferrers(descriptors: readonly JsonObject[]): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: descriptors })
}

/** Where clients keep that index at registries without the API ("Referrers Tag Schema"). */
export function referrersTag(subject: Digest): Tag {
  return `${algorithmOf(subject)}-${hexOf(subject).slice(0, 64)}` as Tag
}
