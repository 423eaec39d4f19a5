/** An expression, a pattern or a glob of a pipeline file that cannot be read. The message is for its author. */
export class ExpressionInvalid extends Error {
  override readonly name = 'ExpressionInvalid'
  readonly code = 'EXPRESSION_INVALID'
}
