import { OciError } from './errors.ts'
import { queryValues } from './query-value.ts'
import { isTag, type Tag } from './reference.ts'

/** Which part of a list of tags is asked for (distribution specification, "Listing Tags"). */
export interface TagRange {
  /** How many at most; undefined: all there are. */
  readonly n: number | undefined
  /** Those behind this one; it need not exist. */
  readonly last: Tag | undefined
}

const NUMBER = /^[0-9]{1,9}$/
const MAX_ARTIFACT_TYPE_LENGTH = 255

/** @throws OciError PAGINATION_NUMBER_INVALID, or TAG_INVALID for a `last` that is no tag */
export function parseTagRange(query: string): TagRange {
  const [n] = queryValues(query, 'n')
  const [last] = queryValues(query, 'last')
  if (n !== undefined && !NUMBER.test(n)) {
    throw new OciError('PAGINATION_NUMBER_INVALID', `n=${n.slice(0, 40)} is not a number of tags`)
  }
  if (last !== undefined && last !== '' && !isTag(last)) {
    throw new OciError(
      'TAG_INVALID',
      `last=${last.slice(0, 140)} is not a tag: expected the last one received`,
    )
  }
  return { n: n === undefined ? undefined : Number(n), last: last === '' ? undefined : last }
}

/** The `artifactType` that referrers are filtered by; undefined: all are asked for. */
export function artifactTypeOf(query: string): string | undefined {
  const [type] = queryValues(query, 'artifactType')
  return type === undefined || type === '' ? undefined : type.slice(0, MAX_ARTIFACT_TYPE_LENGTH)
}
