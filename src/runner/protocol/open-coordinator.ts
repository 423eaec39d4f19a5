import type { Clock } from '../../clock.ts'
import type { EnvironmentProxy } from '../../proxy-choice.ts'
import { ArtifactCalls } from './artifact-calls.ts'
import { type ClientCertificate, CoordinatorConnection } from './coordinator-connection.ts'
import { JobCalls } from './job-calls.ts'
import { Registration } from './registration.ts'
import { type RunnerIdentity, userAgentOf } from './runner-identity.ts'

export interface CoordinatorOptions {
  /** As in config.toml. */
  readonly url: string
  readonly identity: RunnerIdentity
  readonly clock: Clock
  /** PEM, besides the certificates that the machine trusts. */
  readonly ca?: string | undefined
  /** Who we are to a server that asks for certificates. */
  readonly clientCertificate?: ClientCertificate | undefined
  /** Between us and the server. Absent: none. */
  readonly proxy?: EnvironmentProxy | undefined
  /** In [0, 1): draws the waits before trying again. */
  readonly random?: () => number
}

/** All that can be asked of a server that jobs come from. */
export interface OpenedCoordinator {
  readonly registration: Registration
  readonly jobs: JobCalls
  readonly files: ArtifactCalls
  /** Ends every exchange. */
  close(): Promise<void>
}

export function openCoordinator({ identity, ...options }: CoordinatorOptions): OpenedCoordinator {
  const connection = new CoordinatorConnection({ ...options, userAgent: userAgentOf(identity) })
  return {
    registration: new Registration(connection, identity),
    jobs: new JobCalls(connection, identity),
    files: new ArtifactCalls(connection),
    close: () => connection.close(),
  }
}
