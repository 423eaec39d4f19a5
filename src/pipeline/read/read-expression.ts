import { ExpressionInvalid } from '../expression/expression-invalid.ts'
import type { Expression } from '../expression/parse-expression.ts'
import { parseExpression } from '../expression/parse-expression.ts'
import { isPattern, readPattern } from '../expression/pattern.ts'
import type { Field } from './field.ts'

/** The text of an expression that can be evaluated. */
export function readExpression(field: Field): string | undefined {
  const read = whenReadable(field, parseExpression)
  if (read === undefined) return undefined
  for (const text of soughtTexts(read.value)) {
    field.note(`looks for the text "${text}" as it stands: a pattern is written /like this/`)
  }
  return read.text
}

/** The text of a pattern between slashes. */
export function readPatternField(field: Field): string | undefined {
  return whenReadable(field, readPattern)?.text
}

function whenReadable<Value>(
  field: Field,
  read: (text: string) => Value,
): { readonly text: string; readonly value: Value } | undefined {
  const text = field.filledText()
  if (text === undefined) return undefined
  try {
    return { text, value: read(text) }
  } catch (error) {
    if (error instanceof ExpressionInvalid) return field.refuse(`cannot be read: ${error.message}`)
    throw error
  }
}

/** What stands where a pattern should. */
function soughtTexts(expression: Expression): readonly string[] {
  if (!('left' in expression)) return []
  const { kind, left, right } = expression
  const isSought =
    (kind === '=~' || kind === '!~') && right.kind === 'value' && typeof right.value === 'string'
  const own = isSought && !isPattern(String(right.value)) ? [String(right.value)] : []
  return [...soughtTexts(left), ...own, ...soughtTexts(right)]
}
