import type { Job, JobVariable } from '../job/job.ts'

const SERVER_VARIABLE = 'CI_DEPENDENCY_PROXY_SERVER'
const PREFIX = '/dependency_proxy/containers/'

/** `gitlab.example:443`, when the server that sent the job has a dependency proxy of its own. */
export function serverProxyOf({ variables }: Pick<Job, 'variables'>): string | undefined {
  // The server's come before what the pipeline says.
  return variables.find(({ key }) => key === SERVER_VARIABLE)?.value || undefined
}

/**
 * Which CI_DEPENDENCY_PROXY_* a job gets from us. Engines in jobs take plain HTTP for no name but loopback: where ours
 * is that, the server's work better.
 * @param override what the settings say; absent: as it is best
 */
export function jobProxyVariables(
  ours: { readonly variables: readonly JobVariable[]; readonly isSecure: boolean },
  serverProxy: string | undefined,
  override: boolean | undefined,
): readonly JobVariable[] {
  return serverProxy === undefined || (override ?? ours.isSecure) ? ours.variables : []
}

/**
 * What an image under the server's own prefix is: `postgres:15` of
 * `gitlab.example/acme/dependency_proxy/containers/postgres:15`.
 */
export function behindServerProxy(image: string, serverProxy: string | undefined): string | undefined {
  if (serverProxy === undefined) return undefined
  const slash = image.indexOf('/')
  const at = image.indexOf(PREFIX)
  if (slash < 0 || at < slash) return undefined
  return hostOf(image.slice(0, slash)) === hostOf(serverProxy) ? image.slice(at + PREFIX.length) : undefined
}

/** GitLab writes the port of HTTPS, people leave it out. */
function hostOf(server: string): string {
  return server.toLowerCase().replace(/:443$/, '')
}
