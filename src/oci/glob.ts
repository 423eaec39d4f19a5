/** A pattern that cannot be meant as written. Configuration refuses it, with its path, at the start. */
export class GlobSyntaxError extends Error {
  override readonly name = 'GlobSyntaxError'
  readonly code = 'GLOB_INVALID'
  readonly pattern: string

  constructor(pattern: string, trouble: string) {
    super(`the pattern "${pattern}" ${trouble}`)
    this.pattern = pattern
  }
}

/** Does one part of a pattern take this UTF-16 code unit? */
type Takes = (unit: number) => boolean

interface Part {
  readonly takes: Takes
  /** Any number of units, none too. */
  readonly repeats: boolean
}

const SLASH = 0x2f

/**
 * Compiles a pattern for names and tags. The whole text must match.
 *
 * `*` takes any run without `/`, `**` any run at all, `?` one character but `/`, `[0-9a-f_]` one of a class and
 * `[!0-9]` or `[^0-9]` one outside of it, never `/`. Everything else stands for itself.
 *
 * The text is read once, however many stars there are: all positions in the pattern that the text so far can
 * have led to are followed at the same time.
 *
 * @throws GlobSyntaxError for a class that is empty, not closed, or has a range backwards
 */
export function compileGlob(pattern: string): (text: string) => boolean {
  if (!/[*?[]/.test(pattern)) return (text) => text === pattern
  // The default wherever names are listed, asked for on every request.
  if (pattern === '**') return () => true
  const parts = parsePattern(pattern)
  const end = parts.length

  return (text) => {
    let here = new Uint8Array(end + 1)
    let next = new Uint8Array(end + 1)
    reach(parts, here, 0)
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      next.fill(0)
      let alive = false
      for (let position = 0; position < end; position++) {
        if (here[position] === 0) continue
        const part = parts[position]
        if (part?.takes(unit) !== true) continue
        reach(parts, next, part.repeats ? position : position + 1)
        alive = true
      }
      if (!alive) return false
      const done = here
      here = next
      next = done
    }
    return here[end] === 1
  }
}

/** Marks a position, and those behind it that can be reached without a character. */
function reach(parts: readonly Part[], positions: Uint8Array, from: number): void {
  for (let position = from; positions[position] === 0; position++) {
    positions[position] = 1
    if (parts[position]?.repeats !== true) return
  }
}

function parsePattern(pattern: string): Part[] {
  const parts: Part[] = []
  let at = 0
  while (at < pattern.length) {
    const character = pattern[at]
    if (character === '*') {
      const start = at
      while (pattern[at] === '*') at++
      parts.push({ takes: at - start > 1 ? () => true : notSlash, repeats: true })
    } else if (character === '[') {
      const end = closingBracket(pattern, at)
      parts.push({ takes: parseClass(pattern, at + 1, end), repeats: false })
      at = end + 1
    } else if (character === '?') {
      parts.push({ takes: notSlash, repeats: false })
      at++
    } else {
      const literal = pattern.charCodeAt(at)
      parts.push({ takes: (unit) => unit === literal, repeats: false })
      at++
    }
  }
  return parts
}

function notSlash(unit: number): boolean {
  return unit !== SLASH
}

function closingBracket(pattern: string, open: number): number {
  const end = pattern.indexOf(']', open)
  if (end === -1) throw new GlobSyntaxError(pattern, 'has a "[" that is not closed')
  return end
}

function parseClass(pattern: string, start: number, end: number): Takes {
  const negated = pattern[start] === '!' || pattern[start] === '^'
  const ranges: { readonly low: number; readonly high: number }[] = []
  let at = negated ? start + 1 : start
  if (at === end) throw new GlobSyntaxError(pattern, 'has a class with nothing in it')
  while (at < end) {
    // A "-" that stands first or last stands for itself.
    const isRange = pattern[at + 1] === '-' && at + 2 < end
    const low = pattern.charCodeAt(at)
    const high = isRange ? pattern.charCodeAt(at + 2) : low
    if (high < low)
      throw new GlobSyntaxError(pattern, `has the range "${pattern.slice(at, at + 3)}" backwards`)
    ranges.push({ low, high })
    at += isRange ? 3 : 1
  }
  return (unit) => unit !== SLASH && ranges.some(({ low, high }) => low <= unit && unit <= high) !== negated
}
