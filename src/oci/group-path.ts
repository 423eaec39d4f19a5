import { OciError } from './errors.ts'

declare const brand: unique symbol

/** The full path of a group, lower case: `acme` or `acme/backend`. Checked when made. */
export type GroupPath = string & { readonly [brand]: 'GroupPath' }

const MAX_GROUP_PATH_LENGTH = 255
/** Names as GitLab lets them be: dots inside and underscores anywhere, no dash or dot in front, no dot behind. */
const COMPONENT = '[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_-])?'
const GROUP_PATH = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`)

export function isGroupPath(text: string): text is GroupPath {
  return text.length <= MAX_GROUP_PATH_LENGTH && GROUP_PATH.test(text)
}

/**
 * Accepts upper case: group paths are compared without regard to case.
 * @throws OciError NAME_INVALID
 */
export function parseGroupPath(text: string): GroupPath {
  const path = text.toLowerCase()
  if (isGroupPath(path)) return path
  throw new OciError(
    'NAME_INVALID',
    `"${text.slice(0, 300)}" is not a group path: expected components of letters, digits, '_', '-' and '.', ` +
      `none beginning with '-' or '.', ${MAX_GROUP_PATH_LENGTH} characters at most`,
  )
}
