import { ControlError } from '../control/errors.ts'

/**
 * What stands in a body that came as text.
 * @throws ControlError
 */
export function parseJson(body: unknown): unknown {
  if (typeof body !== 'string') throw new ControlError('invalid', 'expected a body of type application/json')
  try {
    return JSON.parse(body)
  } catch (error) {
    throw new ControlError('invalid', 'the body is not JSON', error)
  }
}
