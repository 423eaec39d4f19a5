import { type Pattern, readPattern } from './pattern.ts'
import { invalid, type Operator, place, type Token, tokenize } from './tokenize.ts'

export type Expression =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'value'; readonly value: string | boolean | null }
  | { readonly kind: 'pattern'; readonly pattern: Pattern; readonly text: string }
  | { readonly kind: Operator; readonly left: Expression; readonly right: Expression }

/** How tightly they bind, as in Ruby: the lower, the looser. Those of one level are read from the left. */
const LEVELS: readonly (readonly Operator[])[] = [['||'], ['&&'], ['==', '!=', '=~', '!~']]

/**
 * Reads an expression of `rules:if`.
 * @throws ExpressionInvalid with the place where it stops being one
 */
export function parseExpression(text: string): Expression {
  const tokens = tokenize(text)
  let next = 0

  function parseLevel(level: number): Expression {
    const operators = LEVELS[level]
    if (operators === undefined) return parseOperand()
    let left = parseLevel(level + 1)
    while (true) {
      const token = tokens[next]
      if (token?.kind !== 'operator' || !operators.includes(token.operator)) return left
      next += 1
      left = { kind: token.operator, left, right: parseLevel(level + 1) }
    }
  }

  function parseOperand(): Expression {
    const token = tokens[next]
    next += 1
    if (token?.kind !== '(') return readOperand(text, token)
    const inner = parseLevel(0)
    const closing = tokens[next]
    next += 1
    if (closing?.kind !== ')') throw misplaced(text, closing, 'a closing parenthesis')
    return inner
  }

  const expression = parseLevel(0)
  const left = tokens[next]
  if (left !== undefined) throw misplaced(text, left, '&&, || or a comparison')
  return expression
}

function readOperand(text: string, token: Token | undefined): Expression {
  if (token?.kind === 'variable') return { kind: 'variable', name: token.name }
  if (token?.kind === 'text') return { kind: 'value', value: token.text }
  if (token?.kind === 'literal') return { kind: 'value', value: token.value }
  if (token?.kind === 'pattern')
    return { kind: 'pattern', pattern: readPattern(token.pattern), text: token.pattern }
  throw misplaced(text, token, 'a variable or a value')
}

function misplaced(text: string, token: Token | undefined, wanted: string) {
  return invalid(text, `${wanted} should stand at ${place(text, token?.at ?? text.length)}`)
}
