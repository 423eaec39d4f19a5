import { type Condition, readCondition } from '../expression/condition.ts'
import { ExpressionInvalid } from '../expression/expression-invalid.ts'
import type { Expression } from '../expression/parse-expression.ts'
import { isPattern, readPattern } from '../expression/pattern.ts'
import type { Field } from './field.ts'

export function readExpression(field: Field): Condition | undefined {
  const condition = whenReadable(field, readCondition)
  if (condition === undefined) return undefined
  for (const text of soughtTexts(condition.expression)) {
    field.note(`looks for the text "${text}" as it stands: a pattern is written /like this/`)
  }
  return condition
}

/** The text of a pattern between slashes. */
export function readPatternField(field: Field): string | undefined {
  return whenReadable(field, readPattern) && field.text()
}

function whenReadable<Value>(field: Field, read: (text: string) => Value): Value | undefined {
  const text = field.filledText()
  if (text === undefined) return undefined
  try {
    return field.known.recall(read, text)
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
