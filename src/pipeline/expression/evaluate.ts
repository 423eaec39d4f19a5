import type { Expression } from './parse-expression.ts'
import { compilePattern, isPattern, readPattern } from './pattern.ts'

/** What is not known is null. */
export type ExpressionValue = string | boolean | null

/**
 * What an expression comes to. Values are those of Ruby: inside `&&` and `||` only null and false are false, an empty
 * text is not, and both give back one of their sides.
 * @param lookUp undefined for what is not known; what it gives is not expanded
 * @throws ExpressionInvalid when a variable holds a broken pattern
 */
export function evaluate(
  expression: Expression,
  lookUp: (name: string) => string | undefined,
): ExpressionValue {
  switch (expression.kind) {
    case 'variable':
      return lookUp(expression.name) ?? null
    case 'value':
      return expression.value
    case 'pattern':
      return expression.text
    case '&&': {
      const left = evaluate(expression.left, lookUp)
      return isTrue(left) ? evaluate(expression.right, lookUp) : left
    }
    case '||': {
      const left = evaluate(expression.left, lookUp)
      return isTrue(left) ? left : evaluate(expression.right, lookUp)
    }
    case '==':
      return evaluate(expression.left, lookUp) === evaluate(expression.right, lookUp)
    case '!=':
      return evaluate(expression.left, lookUp) !== evaluate(expression.right, lookUp)
    case '=~':
      return matches(expression.left, expression.right, lookUp)
    case '!~':
      return !matches(expression.left, expression.right, lookUp)
  }
}

/** Whether a rule with this value matches: an empty text is nothing here. */
export function isPresent(value: ExpressionValue): boolean {
  return typeof value === 'string' ? value.trim() !== '' : value === true
}

function isTrue(value: ExpressionValue): boolean {
  return value !== null && value !== false
}

function matches(left: Expression, right: Expression, lookUp: (name: string) => string | undefined): boolean {
  const value = evaluate(left, lookUp)
  if (right.kind === 'pattern') return right.pattern.test(asText(value))
  const pattern = evaluate(right, lookUp)
  if (pattern === null || pattern === false) return false
  return asPattern(asText(pattern)).test(asText(value))
}

/** A text without slashes is looked for as it is. */
function asPattern(text: string) {
  return isPattern(text) ? readPattern(text) : compilePattern(quote(text))
}

function quote(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

/** As Ruby's to_s: null is empty. */
function asText(value: ExpressionValue): string {
  return value === null ? '' : String(value)
}
