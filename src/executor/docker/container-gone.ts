import { JobFailure } from '../failure.ts'
import type { EngineError } from './engine-error.ts'

/** The container of a stage was removed under it: in another one it may go well. */
export class ContainerGone extends JobFailure {
  readonly containerId: string

  constructor(stage: string, containerId: string, cause: EngineError) {
    const message = `the container of ${stage} was removed by somebody else: ${cause.message}`
    super('runner_system_failure', message, { cause })
    this.containerId = containerId
  }
}
