export type JobStatus = 'pending' | 'running' | 'canceling' | 'canceled' | 'success' | 'failed'

export interface JobScript {
  /** Besides id and token. */
  readonly payload?: Readonly<Record<string, unknown>>
  /** Features without which a runner does not get it. */
  readonly needs?: readonly string[]
  /** How often a final update is answered with 202, as while the log is being archived. */
  readonly acceptedTimes?: number
}

export interface StoredArtifact {
  readonly type: string
  readonly format: string
  readonly expireIn: string | undefined
  readonly filename: string
  readonly bytes: Buffer
}

/** One job as the server has it. */
export class JobRecord {
  readonly id: number
  readonly token: string
  readonly script: JobScript
  /** `pending` until a runner that got it has said that it runs. */
  status: JobStatus = 'pending'
  /** A runner got it. */
  isAssigned = false
  trace = Buffer.alloc(0)
  failureReason: string | undefined
  exitCode: number | undefined
  readonly artifacts: StoredArtifact[] = []
  /** 202 that are still to be given. */
  acceptsLeft: number

  constructor(id: number, script: JobScript) {
    this.id = id
    this.token = `s3cret-of-job-${id}`
    this.script = script
    this.acceptsLeft = script.acceptedTimes ?? 0
  }

  get payload(): Readonly<Record<string, unknown>> {
    return {
      id: this.id,
      token: this.token,
      steps: [{ name: 'script', script: ['true'] }],
      ...this.script.payload,
    }
  }

  get isOver(): boolean {
    return this.status === 'canceled' || this.status === 'success' || this.status === 'failed'
  }

  get log(): string {
    return this.trace.toString('utf8')
  }
}
