import { Engine } from '../../executor/docker/engine.ts'
import type { Log } from '../../log.ts'
import type { RunnerIdentity } from '../../runner/protocol/runner-identity.ts'
import type { OpenedRunner } from '../../runner/runner.ts'
import { shortToken } from '../../runner/short-token.ts'
import type { CliContext } from '../context.ts'
import type { HoldServer } from '../run/local-server.ts'
import { openExecutor } from '../run/open-executor.ts'
import { openProxy, type ProxyFlags } from '../run/open-proxy.ts'
import { openServer } from './open-server.ts'
import type { RegisteredSettings } from './runner-file.ts'
import { runnerStages } from './runner-stages.ts'
import type { SharedProxies } from './shared-proxies.ts'

/** What all runners of the program have in common. */
export interface RunnerParts {
  readonly flags: ProxyFlags
  /** Absent: one that runs here, or is started. */
  readonly holdServer: HoldServer | undefined
  /** Of config.toml. */
  readonly directory: string
  readonly identity: RunnerIdentity
  readonly proxies: SharedProxies
  readonly context: CliContext
  readonly log: Log
}

/**
 * Makes what runs the jobs of one runner.
 * @throws JobFailure, RunRefused, RunnerRefused, ProxyUnavailable, SettingsError
 */
export async function openRunner(
  settings: RegisteredSettings,
  parts: RunnerParts,
  signal: AbortSignal,
): Promise<OpenedRunner> {
  const { flags, holdServer, identity, proxies, context, log } = parts
  const { docker, proxy, url, token } = settings
  const engine = new Engine(docker)
  await engine.facts({ signal })
  const sameProxy = JSON.stringify([proxy, docker.host, docker.tlsCertPath])
  const opened = await proxies.acquire(sameProxy, () =>
    openProxy(flags, settings, engine, context, log, holdServer),
  )
  try {
    const name = { shortToken: shortToken(token), systemId: identity.systemId }
    const coordinator = await openServer({ ...parts, url, tls: settings.tls }, context)
    const { variables } = coordinator
    const runner = { ...settings, environment: [...settings.environment, ...variables] }
    const executor = await openExecutor({ engine, runner, opened, context, log, name }).catch(
      async (error: unknown) => {
        await coordinator.close()
        throw error
      },
    )
    return {
      coordinator,
      executor,
      variables,
      stagesOf: runnerStages(settings, coordinator, context),
      lost: opened.lost,
      close: async () => {
        await coordinator.close()
        await executor.close()
        await opened.close()
      },
    }
  } catch (error) {
    await opened.close()
    throw error
  }
}
