import type { FailureReason } from '../failure.ts'

/**
 * - `NETWORK`      the registry cannot be reached, or the connection broke
 * - `TIMEOUT`      it did not answer in time
 * - `DENIED`       this login may not read it, or it does not exist: registries do not always tell which
 * - `NOT_FOUND`    there is no such repository, tag or digest
 * - `RATE_LIMITED` too many pulls
 * - `UNAVAILABLE`  the registry has trouble of its own
 * - `PLATFORM`     the image does not come for this platform
 * - `MISMATCH`     the bytes are not those of the digest
 * - `NO_SPACE`     the engine's disk is full
 * - `ENGINE`       the engine itself cannot be reached
 * - `FAILED`       anything else
 */
export type ImagePullCode =
  | 'NETWORK'
  | 'TIMEOUT'
  | 'DENIED'
  | 'NOT_FOUND'
  | 'RATE_LIMITED'
  | 'UNAVAILABLE'
  | 'PLATFORM'
  | 'MISMATCH'
  | 'NO_SPACE'
  | 'ENGINE'
  | 'FAILED'

/** An image could not be had. The message is the engine's. */
export class ImagePullError extends Error {
  override readonly name = 'ImagePullError'
  readonly code: ImagePullCode

  constructor(code: ImagePullCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

interface Verdict {
  readonly reason: FailureReason
  /** Whether the same may work in a moment. */
  readonly isTransient: boolean
}

const VERDICTS: Readonly<Record<ImagePullCode, Verdict>> = {
  NETWORK: { reason: 'runner_external_dependency_failure', isTransient: true },
  TIMEOUT: { reason: 'runner_external_dependency_failure', isTransient: true },
  DENIED: { reason: 'runner_configuration_error', isTransient: false },
  NOT_FOUND: { reason: 'runner_configuration_error', isTransient: false },
  RATE_LIMITED: { reason: 'image_pull_failure', isTransient: true },
  UNAVAILABLE: { reason: 'image_pull_failure', isTransient: true },
  PLATFORM: { reason: 'runner_configuration_error', isTransient: false },
  MISMATCH: { reason: 'image_pull_failure', isTransient: false },
  NO_SPACE: { reason: 'runner_system_failure', isTransient: false },
  ENGINE: { reason: 'runner_system_failure', isTransient: false },
  FAILED: { reason: 'image_pull_failure', isTransient: false },
}

/** What a failed pull means for the job. */
export function reasonOf({ code }: ImagePullError): FailureReason {
  return VERDICTS[code].reason
}

export function isTransient({ code }: ImagePullError): boolean {
  return VERDICTS[code].isTransient
}
