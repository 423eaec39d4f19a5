import { MAX_DEPTH } from './max-depth.ts'

export const UNQUOTED_ALIAS = 'a value that begins with * is written in quotes'
const INDENTATION = 'the indentation does not fit the lines around it'
const QUOTES = 'a quote, bracket, comma or colon is missing around here'
const COLON_IN_VALUE = 'a value with ": " in it is written in quotes'
const CONTROL_CHARACTER = 'a control character stands here'
const ESCAPE = 'this is no escape of YAML: a backslash in double quotes is written twice'
const UNCLOSED = 'a quote or a bracket before this place is not closed'

/** How the parser begins its sentences. They quote the file, and speak of YAML's grammar. */
const SENTENCES: readonly (readonly [reason: string, message: string])[] = [
  ['tab characters must not be used', 'YAML is indented with spaces, not with tabs'],
  ['bad indentation of a sequence entry', INDENTATION],
  ['nesting exceeded', `values nest at most ${MAX_DEPTH} levels deep`],
  ['deficient indentation', UNCLOSED],
  ['unexpected end of the stream within', UNCLOSED],
  ['unexpected end of the document within', UNCLOSED],
  ['name of an alias node', UNQUOTED_ALIAS],
  ['name of an anchor node', 'a value that begins with & is written in quotes'],
  ['missed comma', QUOTES],
  ['expected the node content', 'a value is missing before this comma'],
  ["expected ':' after a mapping key", 'a colon is missing after this key'],
  ['can not read a block mapping entry', 'a colon is missing after this key, or a quote around the value'],
  ['a whitespace character is expected', 'a space is missing after this colon'],
  ['unknown escape sequence', ESCAPE],
  ['expected hexadecimal character', ESCAPE],
  ['expected valid JSON character', CONTROL_CHARACTER],
  ['the stream contains non-printable', CONTROL_CHARACTER],
  ['null byte', CONTROL_CHARACTER],
  ['a line break is expected', 'a value that begins with | or > is written in quotes'],
  ['duplicated mapping key', 'this key is there twice'],
  ['unknown', 'a value that begins with ! is written in quotes'],
  ['undeclared tag handle', 'a value that begins with ! is written in quotes'],
]

/**
 * What is wrong with a text that is no YAML, for a person.
 * @param reason as the parser says it
 * @param offset where it stopped
 */
export function syntaxMistake(reason: string, text: string, offset: number): string {
  const known = SENTENCES.find(([start]) => reason.startsWith(start))
  if (known !== undefined) return known[1]
  if (reason.startsWith('bad indentation') || reason.startsWith('end of the stream')) {
    return misplaced(text, offset)
  }
  return `this is not valid YAML (${reason.replace(/["':].*$/s, '').trim()})`
}

/** What stands where nothing can, which YAML takes for a matter of indentation. */
function misplaced(text: string, offset: number): string {
  const before = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset)
  const character = text[offset] ?? ''
  const beginsValue = /(?:[:-]|^)[ ]+$/.test(before)
  if (beginsValue && '@`%,]}'.includes(character)) {
    return `a value that begins with ${character} is written in quotes`
  }
  if (character === ':')
    return /[:-][ ]/.test(before) ? COLON_IN_VALUE : `${INDENTATION}, or a colon is missing there`
  if (before.trim() === '') return INDENTATION
  if (beginsValue && character === '-') return 'a list begins in the line below its key'
  return 'something stands behind a value that is complete: should it be in quotes?'
}
