import { compilePattern, type Pattern } from '../expression/pattern.ts'
import { expandBraces } from './expand-braces.ts'
import { readSet } from './read-set.ts'

/** Matches no text at all. */
const NOTHING = '[^\\x{0}-\\x{10FFFF}]'

/**
 * A glob of `rules:changes` and `rules:exists`, as Ruby's File.fnmatch reads it with PATHNAME, DOTMATCH and EXTGLOB:
 * `**` and a slash at the start of a segment span directories, any other star stays in its segment, and a leading
 * dot is a letter like others.
 * @throws ExpressionInvalid
 */
export function compileGlob(glob: string): Pattern {
  const sources = expandBraces(glob).map(translate)
  return compilePattern(`^(?:${sources.length === 0 ? NOTHING : sources.join('|')})$`)
}

const PARTS = /(?<start>\/|^)(?:\*\*\/)+|\*+|\\.|./suy

/** One glob without braces as the source of a pattern. */
function translate(glob: string): string {
  let source = ''
  let at = 0
  while (at < glob.length) {
    PARTS.lastIndex = at
    const match = PARTS.exec(glob)
    const part = match?.[0] ?? ''
    const set = part === '[' ? readSet(glob, at + 1) : undefined
    if (part === '[' && set === undefined) return NOTHING
    source += set?.source ?? translatePart(part, match?.groups?.start)
    at = set?.end ?? at + part.length
  }
  return source
}

/** @param start what is before a `**` that spans directories */
function translatePart(part: string, start: string | undefined): string {
  if (start !== undefined) return `${start}(?:[^/]*/)*`
  if (part.startsWith('*')) return '[^/]*'
  if (part === '?') return '[^/]'
  const letter = part.length > 1 && part.startsWith('\\') ? part.slice(1) : part
  return letter.replace(/[\\^$.*+?()[\]{}|]/, '\\$&')
}
