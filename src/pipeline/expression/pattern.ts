import { RE2JS } from 're2js'
import { ExpressionInvalid } from './expression-invalid.ts'

/** What is between the slashes, and the flags of RE2 behind them. */
const WRITTEN = /^\/(.*)\/([ismU]*)$/s

export interface Pattern {
  /** Whether it is found anywhere in the text. Linear in its length. */
  test(text: string): boolean
  /** Every place where it is found: what its groups hold, or the whole when it has none. Linear in its length. */
  findAll(text: string): readonly (readonly string[])[]
}

/** `/…/` with flags, as rules, `only` and `coverage` have it. */
export function isPattern(text: string): boolean {
  return WRITTEN.test(text)
}

/**
 * Reads `/^v\d+/i`. The syntax is that of RE2: no back references, no look-around.
 * @throws ExpressionInvalid
 */
export function readPattern(text: string): Pattern {
  const [, source, flags] = WRITTEN.exec(text) ?? []
  if (source === undefined) throw new ExpressionInvalid(`${text} is no pattern: it is written /like this/`)
  return compilePattern(flags === '' ? source : `(?${flags})${source}`)
}

/**
 * @param source without slashes
 * @throws ExpressionInvalid
 */
export function compilePattern(source: string): Pattern {
  try {
    // A slash needs no escape in RE2, and is written with one between slashes.
    const compiled = RE2JS.compile(source.replaceAll('\\/', '/'))
    return { test: (text) => compiled.test(text), findAll: (text) => findAll(compiled, text) }
  } catch (cause) {
    throw new ExpressionInvalid(`/${source}/ is no pattern of RE2: ${(cause as Error).message}`, { cause })
  }
}

function findAll(compiled: RE2JS, text: string): readonly (readonly string[])[] {
  const matcher = compiled.matcher(text)
  const found: string[][] = []
  while (matcher.find()) {
    const groups = Array.from({ length: matcher.groupCount() }, (_, index) => matcher.group(index + 1) ?? '')
    found.push(groups.length === 0 ? [matcher.group() ?? ''] : groups)
  }
  return found
}
