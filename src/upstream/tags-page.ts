import { isJsonObject } from '../oci/descriptor.ts'
import { OciError } from '../oci/errors.ts'
import { isTag, type Tag } from '../oci/reference.ts'

/**
 * The tags of one page. What is no tag by the specification's grammar cannot be pulled, and is left out.
 * @throws OciError
 */
export function readTagsPage(bytes: Buffer): readonly Tag[] {
  let document: unknown
  try {
    document = JSON.parse(bytes.toString())
  } catch (error) {
    throw new OciError('UPSTREAM_INVALID', 'the list of tags is not JSON', { cause: error })
  }
  // A repository without tags has null in some registries.
  const tags = isJsonObject(document) ? (document.tags ?? []) : undefined
  if (!Array.isArray(tags)) throw new OciError('UPSTREAM_INVALID', 'the list of tags has no tags')
  return tags.filter((tag: unknown): tag is Tag => typeof tag === 'string' && isTag(tag))
}
