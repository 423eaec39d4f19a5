import { compileGlob, GlobSyntaxError } from '../../../oci/glob.ts'
import { expandBraces } from './expand-braces.ts'

const META = /[*?[{\\]/
/** No path is longer; it is the author of a job who writes them. */
const MAX_LENGTH = 4096
const SHOWN_LENGTH = 40

/** Absent: any number of folders, none too. */
type Part = ((name: string) => boolean) | undefined

/** Whether it stands for more than itself. */
export function isPattern(written: string): boolean {
  return META.test(written)
}

/**
 * Compiles a pattern as GitLab Runner (doublestar) has them: `**` is any number of folders where it is a whole part
 * of the path, else a star; `*` and `?` stop at `/`, `[a-z]`, `[!a]` and `{a,b}` are what they are in a shell, a
 * backslash takes the meaning of what follows. A leading dot is no exception. The whole path must match. Names of
 * files come from strangers: however long they are, no pattern takes more than their length.
 *
 * @throws GlobSyntaxError for a class or braces that are not closed, for too many braces, and for more than 4096 characters
 */
export function compilePattern(pattern: string): (path: string) => boolean {
  if (pattern.length > MAX_LENGTH) {
    throw new GlobSyntaxError(`${pattern.slice(0, SHOWN_LENGTH)}…`, `is longer than ${MAX_LENGTH} characters`)
  }
  const variants = expandBraces(pattern).map(compileParts)
  return (path) => {
    const names = path.split('/')
    return variants.some((parts) => matchParts(parts, names))
  }
}

function compileParts(variant: string): readonly Part[] {
  const written = variant.split('/')
  // Of several `**` in a row one says the same, and is followed once.
  const parts = written.filter((part, index) => part !== '**' || written[index - 1] !== '**')
  return parts.map((part) => (part === '**' ? undefined : compileGlob(withoutEscapes(part))))
}

/** Follows all places in the pattern that the names so far can have led to. */
function matchParts(parts: readonly Part[], names: readonly string[]): boolean {
  let here = reach(parts, [0])
  for (const name of names) {
    const next = [...here].flatMap((at) => {
      const part = parts[at]
      if (at === parts.length) return []
      if (part === undefined) return [at]
      return part(name) ? [at + 1] : []
    })
    if (next.length === 0) return false
    here = reach(parts, next)
  }
  return here.has(parts.length)
}

function reach(parts: readonly Part[], places: readonly number[]): Set<number> {
  const reached = new Set<number>()
  for (const place of places) {
    let at = place
    reached.add(at)
    while (at < parts.length && parts[at] === undefined) reached.add(++at)
  }
  return reached
}

/** Globs know no backslash: a class of one says the same. */
function withoutEscapes(part: string): string {
  return part.replace(/\[[^\]]*\]|\\(.)/g, (found: string, escaped: string | undefined) => {
    if (escaped === undefined) return found
    return /[*?[]/.test(escaped) ? `[${escaped}]` : escaped
  })
}
