import { OciError, type OciErrorCode } from '../../src/oci/errors.ts'

/** The code of the OciError that `act` throws; any other end fails the test. */
export function ociErrorOf(act: () => unknown): OciError {
  try {
    act()
  } catch (error) {
    if (error instanceof OciError) return error
    throw error
  }
  throw new Error('expected an OciError, and nothing was thrown')
}

export function ociErrorCode(act: () => unknown): OciErrorCode {
  return ociErrorOf(act).code
}
