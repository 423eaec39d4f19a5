import * as fc from 'fast-check'

/** What reads something that a stranger wrote. */
export interface FuzzedParser {
  readonly name: string
  /** Reads the text; what it returns, or resolves with, does not matter here. */
  readonly read: (text: string) => unknown
  /** The only errors that it may throw. */
  readonly throws: readonly (new (
    ...given: never[]
  ) => Error)[]
  /** What texts for it are made of, so that they come past its first look. */
  readonly words: readonly string[]
  /** The same in a row, as long as wanted: what makes a careless parser slow. */
  readonly floods: readonly string[]
  /** Of the shorter of two floods; absent: 8 KiB. Less for what refuses texts of that length. */
  readonly shortBytes?: number
}

/** Texts of a parser's own words, in any order, with anything between them. */
export function textsFor({ words }: FuzzedParser): fc.Arbitrary<string> {
  const anything = fc.string({ unit: 'binary', maxLength: 8 })
  const word = fc.oneof(
    { arbitrary: fc.constantFrom(...words), weight: 6 },
    { arbitrary: anything, weight: 1 },
  )
  return fc.array(word, { maxLength: 24 }).map((parts) => parts.join(''))
}
