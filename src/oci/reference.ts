import { type Digest, isDigest, parseDigest } from './digest.ts'
import { OciError } from './errors.ts'

declare const brand: unique symbol

/** A repository name by the specification's grammar: `library/postgres`. Checked when made. */
export type Repository = string & { readonly [brand]: 'Repository' }

/** A tag by the specification's grammar. Checked when made. */
export type Tag = string & { readonly [brand]: 'Tag' }

/** What comes after `/manifests/`. */
export type Reference =
  | { readonly kind: 'tag'; readonly tag: Tag }
  | { readonly kind: 'digest'; readonly digest: Digest }

/** The specification lets registries limit the whole name to 255 characters; clients rely on it. */
const MAX_REPOSITORY_LENGTH = 255
const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`)
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/

export function isRepository(text: string): text is Repository {
  return text.length <= MAX_REPOSITORY_LENGTH && REPOSITORY.test(text)
}

export function isTag(text: string): text is Tag {
  return TAG.test(text)
}

/** @throws OciError NAME_INVALID */
export function parseRepository(text: string): Repository {
  if (isRepository(text)) return text
  const lower = text.toLowerCase()
  if (isRepository(lower)) {
    throw new OciError(
      'NAME_INVALID',
      `"${text}" is not a repository name: names are lower case, as "${lower}"`,
    )
  }
  throw new OciError(
    'NAME_INVALID',
    `"${text.slice(0, 300)}" is not a repository name: expected lower-case path components of letters, ` +
      `digits and single separators, ${MAX_REPOSITORY_LENGTH} characters at most`,
  )
}

/** @throws OciError TAG_INVALID, or DIGEST_INVALID for what was meant as a digest */
export function parseReference(text: string): Reference {
  if (isDigest(text)) return { kind: 'digest', digest: text }
  if (text.includes(':')) return { kind: 'digest', digest: parseDigest(text) }
  if (isTag(text)) return { kind: 'tag', tag: text }
  throw new OciError(
    'TAG_INVALID',
    `"${text.slice(0, 140)}" is not a tag: expected up to 128 letters, digits, '_', '.' and '-'`,
  )
}

export function formatReference(reference: Reference): string {
  return reference.kind === 'tag' ? reference.tag : reference.digest
}

/** How a person writes it: `repository:tag` or `repository@digest`. */
export function formatImage(repository: Repository, reference: Reference): string {
  return reference.kind === 'tag' ? `${repository}:${reference.tag}` : `${repository}@${reference.digest}`
}
