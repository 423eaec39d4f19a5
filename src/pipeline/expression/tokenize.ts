import { ExpressionInvalid } from './expression-invalid.ts'

export type Operator = '==' | '!=' | '=~' | '!~' | '&&' | '||'

export type Token =
  | { readonly kind: 'operator'; readonly operator: Operator; readonly at: number }
  | { readonly kind: '(' | ')'; readonly at: number }
  | { readonly kind: 'variable'; readonly name: string; readonly at: number }
  | { readonly kind: 'text'; readonly text: string; readonly at: number }
  /** With slashes and flags. */
  | { readonly kind: 'pattern'; readonly pattern: string; readonly at: number }
  | { readonly kind: 'literal'; readonly value: null | boolean; readonly at: number }

/** GitLab's own limit. */
const MAX_TOKENS = 100

const LITERALS = { null: null, true: true, false: false } as const

/** In the order in which GitLab tries them. A pattern ends at the last slash that can end it. */
const LEXEMES =
  /(?<open>\()|(?<close>\))|\$(?<variable>\w+)|"(?<double>[^"\n]*)"|'(?<single>[^'\n]*)'|(?<pattern>\/(?:\\\/|[^/])+[^\\]\/[ismU]*)|(?<literal>null|true|false)\b|(?<operator>==|=~|!=|!~|&&|\|\|)/y

/**
 * Cuts an expression of `rules:if` into its words.
 * @returns each with `at`, its offset in the text
 * @throws ExpressionInvalid
 */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = []
  let at = skipSpace(text, 0)
  while (at < text.length) {
    if (tokens.length === MAX_TOKENS) throw invalid(text, `it has more than ${MAX_TOKENS} words`)
    LEXEMES.lastIndex = at
    const groups = LEXEMES.exec(text)?.groups
    if (groups === undefined) throw invalid(text, `what stands at ${place(text, at)} is no part of one`)
    tokens.push(readToken(groups, at))
    at = skipSpace(text, LEXEMES.lastIndex)
  }
  return tokens
}

export function invalid(text: string, why: string): ExpressionInvalid {
  return new ExpressionInvalid(`invalid expression syntax in ${text}: ${why}`)
}

/** The rest of the expression, as far as it shows what is meant. */
export function place(text: string, at: number): string {
  return at >= text.length ? 'its end' : `"${text.slice(at, at + 20)}"`
}

function readToken(groups: Readonly<Record<string, string | undefined>>, at: number): Token {
  const { open, close, variable, double, single, pattern, literal, operator } = groups
  if (open !== undefined) return { kind: '(', at }
  if (close !== undefined) return { kind: ')', at }
  if (variable !== undefined) return { kind: 'variable', name: variable, at }
  if (pattern !== undefined) return { kind: 'pattern', pattern, at }
  if (literal !== undefined) return { kind: 'literal', value: LITERALS[literal as keyof typeof LITERALS], at }
  if (operator !== undefined) return { kind: 'operator', operator: operator as Operator, at }
  return { kind: 'text', text: double ?? single ?? '', at }
}

function skipSpace(text: string, from: number): number {
  const rest = /\s*/y
  rest.lastIndex = from
  rest.exec(text)
  return rest.lastIndex
}
