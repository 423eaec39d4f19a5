import { type Clock, systemClock } from '../../../src/clock.ts'
import { openCoordinator } from '../../../src/runner/protocol/open-coordinator.ts'
import type { RunnerIdentity } from '../../../src/runner/protocol/runner-identity.ts'
import { Coordinator, type CoordinatorOptions } from './coordinator.ts'

export const IDENTITY: RunnerIdentity = {
  version: '0.0.0-test',
  systemId: 's_0123456789ab',
  platform: 'linux',
  architecture: 'amd64',
}

/** A server, and a runner of it that was made in its user interface. */
export async function startCoordinator(options: CoordinatorOptions & { clock?: Clock; ca?: string } = {}) {
  const { clock = systemClock, ca } = options
  const server = await Coordinator.start(options)
  const opened = openCoordinator({ url: server.url, clock, ca, identity: IDENTITY })
  return {
    ...opened,
    server,
    token: server.runners.create(),
    [Symbol.asyncDispose]: async () => {
      await opened.close()
      await server[Symbol.asyncDispose]()
    },
  }
}
