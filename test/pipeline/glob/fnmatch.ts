/** File.fnmatch with PATHNAME, DOTMATCH and EXTGLOB, as Ruby's own source walks through pattern and path. */
export function fnmatch(glob: string, path: string): boolean {
  const letters = [...glob]
  let depth = 0
  let open = -1
  for (let at = 0; at < letters.length; at++) {
    if (letters[at] === '{' && depth++ === 0) open = at
    if (letters[at] === '}' && open >= 0 && --depth === 0) {
      return alternatives(letters.slice(open + 1, at)).some((part) =>
        fnmatch([...letters.slice(0, open), ...part, ...letters.slice(at + 1)].join(''), path),
      )
    }
    if (letters[at] === '\\') at += 1
  }
  return open < 0 && fnmatchPath(letters, [...path])
}

function alternatives(inner: readonly string[]): readonly (readonly string[])[] {
  const parts: string[][] = [[]]
  let depth = 0
  for (let at = 0; at < inner.length; at++) {
    const letter = inner[at] ?? ''
    if (letter === '{') depth += 1
    if (letter === '}') depth -= 1
    if (letter === ',' && depth === 0) parts.push([])
    else parts.at(-1)?.push(letter)
    if (letter === '\\' && at + 1 < inner.length) parts.at(-1)?.push(inner[++at] ?? '')
  }
  return parts
}

type Cursor = { pattern: number; path: number }

function fnmatchPath(pattern: readonly string[], path: readonly string[]): boolean {
  const now: Cursor = { pattern: 0, path: 0 }
  let retry: Cursor | undefined
  const skipSegment = (from: number) => {
    let at = from
    while (at < path.length && path[at] !== '/') at += 1
    return at
  }
  while (true) {
    if (spans(pattern, now.pattern)) {
      while (spans(pattern, now.pattern)) now.pattern += 3
      retry = { ...now }
    }
    if (matchSegment(pattern, path, now)) {
      now.path = skipSegment(now.path)
      if (now.pattern < pattern.length && now.path < path.length) {
        now.pattern += 1
        now.path += 1
        continue
      }
      if (now.pattern >= pattern.length && now.path >= path.length) return true
    }
    if (retry === undefined) return false
    const slash = skipSegment(retry.path)
    if (slash >= path.length) return false
    retry.path = slash + 1
    now.pattern = retry.pattern
    now.path = retry.path
  }
}

function spans(pattern: readonly string[], at: number): boolean {
  return pattern[at] === '*' && pattern[at + 1] === '*' && pattern[at + 2] === '/'
}

/** Moves `now` to the ends of both segments when they match. */
function matchSegment(pattern: readonly string[], path: readonly string[], now: Cursor): boolean {
  const patternEnds = (at: number) => at >= pattern.length || unescaped(at) === '/'
  const pathEnds = (at: number) => at >= path.length || path[at] === '/'
  const unescaped = (at: number) =>
    pattern[at] === '\\' && at + 1 < pattern.length ? pattern[at + 1] : pattern[at]
  let p = now.pattern
  let s = now.path
  let star: Cursor | undefined
  const done = (matched: boolean) => {
    now.pattern = p
    now.path = s
    return matched
  }
  while (true) {
    if (pattern[p] === '*') {
      while (pattern[p] === '*') p += 1
      if (patternEnds(p)) {
        if (pattern[p] === '\\') p += 1
        return done(true)
      }
      if (pathEnds(s)) return done(false)
      star = { pattern: p, path: s }
      continue
    }
    let matched = false
    if (pattern[p] === '?') {
      if (pathEnds(s)) return done(false)
      p += 1
      s += 1
      continue
    }
    if (pattern[p] === '[') {
      if (pathEnds(s)) return done(false)
      const end = bracket(pattern, p + 1, path[s] ?? '')
      if (end !== undefined) {
        p = end
        s += 1
        continue
      }
    } else {
      if (pattern[p] === '\\' && p + 1 < pattern.length) p += 1
      const patternIsOver = p >= pattern.length || pattern[p] === '/'
      if (pathEnds(s)) return done(patternIsOver)
      if (!patternIsOver && pattern[p] === path[s]) {
        p += 1
        s += 1
        matched = true
      }
    }
    if (matched) continue
    if (star === undefined) return done(false)
    star.path += 1
    p = star.pattern
    s = star.path
  }
}

/** Where the bracket ends, when it matches the letter. */
function bracket(pattern: readonly string[], from: number, letter: string): number | undefined {
  let at = from
  let isFound = false
  const isNegated = pattern[at] === '!' || pattern[at] === '^'
  if (isNegated) at += 1
  const code = (of: string | undefined) => of?.codePointAt(0) ?? 0
  while (pattern[at] !== ']') {
    if (pattern[at] === '\\') at += 1
    const first = pattern[at]
    if (first === undefined) return undefined
    at += 1
    if (at >= pattern.length) return undefined
    if (pattern[at] === '-' && pattern[at + 1] !== ']') {
      at += 1
      if (pattern[at] === '\\') at += 1
      const last = pattern[at]
      if (last === undefined) return undefined
      at += 1
      const isWithin = code(letter) >= code(first) && code(letter) <= code(last)
      if (letter === first || letter === last || isWithin) isFound = true
    } else if (letter === first) isFound = true
  }
  return isFound === isNegated ? undefined : at + 1
}
