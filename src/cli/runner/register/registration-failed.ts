import type { CoordinatorError } from '../../../runner/protocol/coordinator-error.ts'

/** A server did not take a runner. The message is what it said, without the token. */
export class RegistrationFailed extends Error {
  override readonly name = 'RegistrationFailed'
  readonly code = 'REGISTRATION_FAILED'
}

/** @param step as GitLab Runner tells it: `Registering runner...` */
export function refusedBy(error: CoordinatorError, step: string): RegistrationFailed {
  return new RegistrationFailed(`${step} ${reasonOf(error)}`, { cause: error })
}

function reasonOf({ status }: CoordinatorError): string {
  switch (status) {
    case 401:
    case 403:
      return 'forbidden (check the token)'
    case 410:
      return 'the server takes no registration tokens any more: make the runner there, and pass its glrt- token as --token'
    case 422:
      return 'what the runner was for is gone from the server'
    default:
      return 'failed'
  }
}
