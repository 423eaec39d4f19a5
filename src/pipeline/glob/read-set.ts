const SLASH = 0x2f

interface Range {
  readonly first: number
  readonly last: number
}

/**
 * Reads `a-z0]` of a glob, whose bracket is already read. A set never matches a slash.
 * @returns its source in a pattern and where it ends; undefined when it does not
 */
export function readSet(glob: string, from: number): { source: string; end: number } | undefined {
  const isNegated = glob[from] === '!' || glob[from] === '^'
  const ranges: Range[] = []
  let at = from + (isNegated ? 1 : 0)
  while (glob[at] !== ']') {
    const first = readLetter(glob, at)
    if (first === undefined) return undefined
    at = first.end
    if (glob[at] !== '-' || glob[at + 1] === ']') {
      ranges.push({ first: first.code, last: first.code })
      continue
    }
    const last = readLetter(glob, at + 1)
    if (last === undefined) return undefined
    at = last.end
    ranges.push(...rangesOf(first.code, last.code))
  }
  return { source: isNegated ? negated(ranges) : positive(ranges), end: at + 1 }
}

function readLetter(glob: string, at: number): { code: number; end: number } | undefined {
  const start = glob[at] === '\\' ? at + 1 : at
  const code = glob.codePointAt(start)
  return code === undefined ? undefined : { code, end: start + (code > 0xffff ? 2 : 1) }
}

/** Ruby takes the ends of a range also when it is the wrong way round. */
function rangesOf(first: number, last: number): readonly Range[] {
  if (first <= last) return [{ first, last }]
  return [
    { first, last: first },
    { first: last, last },
  ]
}

function negated(ranges: readonly Range[]): string {
  return `[^/${ranges.map(source).join('')}]`
}

function positive(ranges: readonly Range[]): string {
  const rest = ranges
    .flatMap(({ first, last }) => [
      { first, last: last >= SLASH && first <= SLASH ? SLASH - 1 : last },
      { first: first <= SLASH && last >= SLASH ? SLASH + 1 : last + 1, last },
    ])
    .filter(({ first, last }) => first <= last)
  return rest.length === 0 ? '[^\\x{0}-\\x{10FFFF}]' : `[${rest.map(source).join('')}]`
}

function source({ first, last }: Range): string {
  return `\\x{${first.toString(16)}}-\\x{${last.toString(16)}}`
}
