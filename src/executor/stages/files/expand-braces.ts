import { GlobSyntaxError } from '../../../oci/glob.ts'

/** More than anybody writes; braces in braces multiply. */
const MAX_VARIANTS = 1000
/** A limit because each level is a call. */
const MAX_DEPTH = 100
/** Of all that a pattern stands for: each is compared with each path. */
const MAX_CHARACTERS = 64 * 1024

/**
 * What a pattern with `{a,b}` stands for: one without braces for each choice, in their order. A sign after a backslash
 * or in a class is none.
 * @throws GlobSyntaxError for braces that are not closed, and for too many
 */
export function expandBraces(pattern: string): readonly string[] {
  return new BraceReader(pattern).read()
}

/** Reads a pattern once, from its beginning to its end. */
class BraceReader {
  readonly #pattern: string
  readonly #lastClassEnd: number
  #at = 0

  constructor(pattern: string) {
    this.#pattern = pattern
    this.#lastClassEnd = pattern.lastIndexOf(']')
  }

  read(): readonly string[] {
    return this.#sequence(0)
  }

  /** Up to the end of the pattern, or of the choice that this is. */
  #sequence(depth: number): readonly string[] {
    let variants: readonly string[] = ['']
    let start = this.#at
    for (let sign = this.#sign; sign !== undefined; sign = this.#sign) {
      if (depth > 0 && (sign === ',' || sign === '}')) break
      if (sign === '{') {
        variants = this.#joined(variants, [this.#pattern.slice(start, this.#at)])
        variants = this.#joined(variants, this.#choices(depth + 1))
        start = this.#at
      } else this.#skip(sign)
    }
    return this.#joined(variants, [this.#pattern.slice(start, this.#at)])
  }

  /** From a brace to behind the one that closes it. */
  #choices(depth: number): readonly string[] {
    if (depth > MAX_DEPTH) throw new GlobSyntaxError(this.#pattern, `has braces more than ${MAX_DEPTH} deep`)
    const choices: string[] = []
    do {
      this.#at += 1
      for (const variant of this.#sequence(depth)) choices.push(variant)
      if (this.#sign === undefined) throw new GlobSyntaxError(this.#pattern, 'has a "{" that is not closed')
    } while (this.#sign === ',')
    this.#at += 1
    return choices
  }

  get #sign(): string | undefined {
    return this.#pattern[this.#at]
  }

  #skip(sign: string): void {
    const isClass = sign === '[' && this.#at < this.#lastClassEnd
    if (isClass) this.#at = this.#pattern.indexOf(']', this.#at)
    this.#at = Math.min(this.#at + (sign === '\\' ? 2 : 1), this.#pattern.length)
  }

  #joined(heads: readonly string[], tails: readonly string[]): readonly string[] {
    const characters = heads.length * lengthOf(tails) + tails.length * lengthOf(heads)
    if (heads.length * tails.length > MAX_VARIANTS || characters > MAX_CHARACTERS) {
      throw new GlobSyntaxError(this.#pattern, 'stands for too many others')
    }
    return heads.flatMap((head) => tails.map((tail) => head + tail))
  }
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((length, text) => length + text.length, 0)
}
