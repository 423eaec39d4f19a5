import { type Expression, parseExpression } from './parse-expression.ts'

/** An expression of `rules:if`, read once however many jobs ask it. */
export interface Condition {
  /** As written. */
  readonly text: string
  readonly expression: Expression
  /** The names of the variables in it, each once, in their order. */
  readonly variables: readonly string[]
}

/** @throws ExpressionInvalid with the place where it stops being one */
export function readCondition(text: string): Condition {
  const expression = parseExpression(text)
  return { text, expression, variables: [...new Set(variablesOf(expression))] }
}

function variablesOf(expression: Expression): readonly string[] {
  if (expression.kind === 'variable') return [expression.name]
  return 'left' in expression ? [...variablesOf(expression.left), ...variablesOf(expression.right)] : []
}
