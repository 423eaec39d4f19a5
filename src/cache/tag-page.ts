import { OciError } from '../oci/errors.ts'
import type { TagRange } from '../oci/list-query.ts'
import type { Tag } from '../oci/reference.ts'

/** Parts of a list are made for one client each: they stay small, and say where it goes on. */
export const MAX_TAGS_PER_PAGE = 1_000

export interface TagList {
  /** In ASCII order, each once. */
  readonly tags: readonly Tag[]
  /** False: the repository has more than these. */
  readonly isWhole: boolean
}

export interface TagPage {
  readonly tags: readonly Tag[]
  /** Where the next page begins, as `n` and `last` of the request for it. */
  readonly next: { readonly n: number; readonly last: Tag } | undefined
}

export function sortTags(tags: readonly Tag[]): readonly Tag[] {
  return [...new Set(tags)].sort()
}

/**
 * The part of a list that was asked for. What is asked for without a number comes whole.
 * @throws OciError UPSTREAM_INVALID past the end of a list that is not whole
 */
export function pageOf({ tags, isWhole }: TagList, { n, last }: TagRange): TagPage {
  if (n === undefined && last === undefined && isWhole) return { tags, next: undefined }
  const start = last === undefined ? 0 : placeAfter(tags, last)
  const limit = Math.min(n ?? MAX_TAGS_PER_PAGE, MAX_TAGS_PER_PAGE)
  const page = tags.slice(start, start + limit)
  const end = page.at(-1)
  if (limit > 0 && start + limit >= tags.length && !isWhole) {
    throw new OciError(
      'UPSTREAM_INVALID',
      `this repository has more tags than can be listed here: only those before ${tags.at(-1) ?? 'the first'} are known`,
    )
  }
  if (end === undefined || start + limit >= tags.length) return { tags: page, next: undefined }
  return { tags: page, next: { n: limit, last: end } }
}

/** How many tags are not behind `last`. */
function placeAfter(tags: readonly Tag[], last: Tag): number {
  let low = 0
  let high = tags.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((tags[middle] ?? '') > last) high = middle
    else low = middle + 1
  }
  return low
}
