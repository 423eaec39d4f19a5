import type { FailureReason } from '../failure.ts'

/** How a job ended, as servers and exit codes tell it. */
export type JobResult =
  | { readonly status: 'success' }
  | {
      readonly status: 'failed'
      readonly reason: FailureReason
      /** Of the script, when that is why. */
      readonly exitCode: number | undefined
      /** For people. It may name secrets: only the job's log shows it masked. */
      readonly message: string
    }
