import { compileGlob, GlobSyntaxError } from '../../../oci/glob.ts'

const META = /[*?[{\\]/
/** More than anybody writes; braces in braces multiply. */
const MAX_VARIANTS = 1000

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
 * @throws GlobSyntaxError for a class or braces that are not closed, and for too many braces
 */
export function compilePattern(pattern: string): (path: string) => boolean {
  const variants = expandBraces(pattern, pattern).map(compileParts)
  return (path) => {
    const names = path.split('/')
    return variants.some((parts) => matchParts(parts, names))
  }
}

function compileParts(variant: string): readonly Part[] {
  return variant.split('/').map((part) => (part === '**' ? undefined : compileGlob(withoutEscapes(part))))
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

function expandBraces(pattern: string, whole: string): readonly string[] {
  const open = indexOutside(pattern, '{', 0)
  if (open < 0) return [pattern]
  const { end, choices } = readBraces(pattern, open, whole)
  const before = pattern.slice(0, open)
  const behind = expandBraces(pattern.slice(end + 1), whole)
  const variants = choices
    .flatMap((choice) => expandBraces(choice, whole))
    .flatMap((choice) => behind.map((rest) => `${before}${choice}${rest}`))
  if (variants.length > MAX_VARIANTS) throw new GlobSyntaxError(whole, 'stands for too many others')
  return variants
}

function readBraces(pattern: string, open: number, whole: string) {
  const choices: string[] = []
  let depth = 0
  let start = open + 1
  for (let at = open; at >= 0; at = nextOf(pattern, at + 1)) {
    const sign = pattern[at]
    if (sign === '{') depth += 1
    else if (sign === '}') depth -= 1
    if ((sign === ',' && depth === 1) || depth === 0) {
      choices.push(pattern.slice(start, at))
      start = at + 1
    }
    if (depth === 0) return { end: at, choices }
  }
  throw new GlobSyntaxError(whole, 'has a "{" that is not closed')
}

function nextOf(pattern: string, from: number): number {
  const places = ['{', ',', '}'].map((sign) => indexOutside(pattern, sign, from)).filter((at) => at >= 0)
  return places.length === 0 ? -1 : Math.min(...places)
}

/** Of a sign that is neither escaped nor in a class. */
function indexOutside(pattern: string, sign: string, from: number): number {
  for (let at = from; at < pattern.length; at++) {
    if (pattern[at] === sign) return at
    if (pattern[at] === '\\') at++
    else if (pattern[at] === '[') at = Math.max(at, pattern.indexOf(']', at))
  }
  return -1
}
