import type { GroupPath } from '../oci/group-path.ts'

/** What pipelines that are written for GitLab's Dependency Proxy read. */
export interface CiVariables {
  readonly CI_DEPENDENCY_PROXY_USER: string
  readonly CI_DEPENDENCY_PROXY_PASSWORD: string
  readonly CI_DEPENDENCY_PROXY_SERVER: string
  readonly CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX: string
  readonly CI_DEPENDENCY_PROXY_DIRECT_GROUP_IMAGE_PREFIX: string
}

/** The user name of every job. Who it is, is said by the secret alone. */
export const JOB_USERNAME = 'gitlab-ci-token'

export interface CiVariablesOrder {
  /** Where jobs reach the server. Scheme, host and port count. */
  readonly url: URL
  readonly group: GroupPath
  readonly secret: string
}

/**
 * The five variables as GitLab defines them ("Predefined CI/CD variables"): the server always with its port, both
 * prefixes without a scheme and without a slash at their end. The first names the top-level group, the second
 * the job's own.
 */
export function ciVariables({ url, group, secret }: CiVariablesOrder): CiVariables {
  const server = hostWithPort(url)
  const [topLevel = ''] = group.split('/')
  return {
    CI_DEPENDENCY_PROXY_USER: JOB_USERNAME,
    CI_DEPENDENCY_PROXY_PASSWORD: secret,
    CI_DEPENDENCY_PROXY_SERVER: server,
    CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX: `${server}/${topLevel}/dependency_proxy/containers`,
    CI_DEPENDENCY_PROXY_DIRECT_GROUP_IMAGE_PREFIX: `${server}/${group}/dependency_proxy/containers`,
  }
}

/** `cache.example:443`. Docker looks credentials up by the very text in front of the image. */
export function hostWithPort({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port || (protocol === 'http:' ? 80 : 443)}`
}
