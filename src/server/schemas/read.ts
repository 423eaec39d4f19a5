import type { ZodType } from 'zod'
import { ControlError } from '../control/errors.ts'

/**
 * What a request carries, checked.
 * @throws ControlError that tells the first mistake
 */
export function read<T>(schema: ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const at = issue?.path.join('.') || 'the request'
  throw new ControlError('invalid', `${at}: ${issue?.message ?? 'is not valid'}`, result.error)
}
