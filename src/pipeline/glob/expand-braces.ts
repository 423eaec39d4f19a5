import { ExpressionInvalid } from '../expression/expression-invalid.ts'

/** More than any author means; every brace multiplies. */
const MAX_PATTERNS = 1000
/** No path is longer (PATH_MAX); every brace reads what stands before it again. */
const MAX_LENGTH = 4096

/**
 * `{a,b}.md` as `a.md` and `b.md`, as Ruby does it: the outermost brace first, then what comes of it.
 * @returns nothing for a brace that is never closed: Ruby has it match nothing
 * @throws ExpressionInvalid when it is too long, or there would be too many
 */
export function expandBraces(glob: string): readonly string[] {
  if (glob.length > MAX_LENGTH) {
    throw new ExpressionInvalid(`the glob ${glob.slice(0, 40)}… has more than ${MAX_LENGTH} characters`)
  }
  const patterns: string[] = []
  const pending = [glob]
  while (pending.length > 0) {
    const pattern = pending.pop() ?? ''
    const brace = findBrace(pattern)
    if (brace === 'none') patterns.push(pattern)
    else if (brace !== 'open') {
      pending.push(...brace.inner.map((part) => `${brace.before}${part}${brace.after}`).reverse())
    }
    if (patterns.length + pending.length > MAX_PATTERNS) {
      throw new ExpressionInvalid(`the braces of ${glob} stand for more than ${MAX_PATTERNS} patterns`)
    }
  }
  return patterns
}

interface Brace {
  readonly before: string
  readonly inner: readonly string[]
  readonly after: string
}

function findBrace(pattern: string): Brace | 'none' | 'open' {
  const commas: number[] = []
  let depth = 0
  let open = -1
  for (let at = 0; at < pattern.length; at++) {
    const letter = pattern[at]
    if (letter === '\\') at += 1
    else if (letter === '{') {
      if (depth === 0) open = at
      depth += 1
    } else if (letter === ',' && depth === 1) commas.push(at)
    else if (letter === '}' && depth > 0) {
      depth -= 1
      if (depth > 0) continue
      const inner = [open, ...commas].map((start, index) => pattern.slice(start + 1, commas[index] ?? at))
      return { before: pattern.slice(0, open), inner, after: pattern.slice(at + 1) }
    }
  }
  return open === -1 ? 'none' : 'open'
}
