import { readProxies } from '../../config/proxy.ts'
import type { RunnerTls } from '../../executor/config/runner-settings.ts'
import type { JobVariable } from '../../executor/job/job.ts'
import { type OpenedCoordinator, openCoordinator } from '../../runner/protocol/open-coordinator.ts'
import type { RunnerIdentity } from '../../runner/protocol/runner-identity.ts'
import type { CliContext } from '../context.ts'
import { RunnerRefused } from './runner-refused.ts'
import { loadServerCertificates } from './server-certificates.ts'
import { serverVariables } from './server-variables.ts'

export interface ServerOrder {
  readonly url: string
  readonly tls: RunnerTls
  /** Of config.toml. */
  readonly directory: string
  readonly identity: RunnerIdentity
}

export interface OpenedServer extends OpenedCoordinator {
  /** For its jobs, after those of `environment`. */
  readonly variables: readonly JobVariable[]
}

/**
 * The server of a runner, by the certificates that it wants, and through the proxies that the environment names.
 * @throws RunnerRefused
 */
export async function openServer(
  { url, tls, directory, identity }: ServerOrder,
  { clock, env }: Pick<CliContext, 'clock' | 'env'>,
): Promise<OpenedServer> {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new RunnerRefused(
      `${JSON.stringify(url)} is no address of a server: expected https://gitlab.example`,
    )
  }
  const { proxy, mistakes } = readProxies(env)
  const [mistake] = mistakes
  if (mistake !== undefined) throw new RunnerRefused(`${mistake.path}: ${mistake.message}`)
  const certificates = await loadServerCertificates(tls, url, directory)
  const coordinator = openCoordinator({ url, identity, clock, proxy, ...certificates })
  return { ...coordinator, variables: serverVariables(certificates) }
}
