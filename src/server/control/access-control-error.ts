import { AccessError } from '../../auth/errors.ts'
import { OciError } from '../../oci/errors.ts'
import { GlobSyntaxError } from '../../oci/glob.ts'
import { ControlError } from './errors.ts'

/** What went wrong with groups or credentials, as those are told who asked; what is no mistake of theirs stays. */
export function asAccessControlError(error: unknown): unknown {
  if (error instanceof AccessError) {
    const isMissing = error.code === 'group-unknown' || error.code === 'credential-unknown'
    return new ControlError(isMissing ? 'not-found' : 'invalid', error.message, error)
  }
  if (error instanceof GlobSyntaxError || error instanceof OciError) {
    return new ControlError('invalid', error.message, error)
  }
  return error
}
