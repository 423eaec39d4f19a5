import { ExpressionInvalid } from '../expression/expression-invalid.ts'
import { parseExpression } from '../expression/parse-expression.ts'
import { readPattern } from '../expression/pattern.ts'
import type { Field } from './field.ts'

/** The text of an expression that can be evaluated. */
export function readExpression(field: Field): string | undefined {
  return whenReadable(field, parseExpression)
}

/** The text of a pattern between slashes. */
export function readPatternField(field: Field): string | undefined {
  return whenReadable(field, readPattern)
}

function whenReadable(field: Field, read: (text: string) => unknown): string | undefined {
  const text = field.filledText()
  if (text === undefined) return undefined
  try {
    read(text)
    return text
  } catch (error) {
    if (error instanceof ExpressionInvalid) return field.refuse(`cannot be read: ${error.message}`)
    throw error
  }
}
