import { OciError } from './errors.ts'
import { isRepository, type Repository } from './reference.ts'

/** Docker Hub as images name it. */
export const DOCKER_HUB = 'docker.io'

const HOSTS: ReadonlySet<string> = new Set([DOCKER_HUB, 'index.docker.io', 'registry-1.docker.io'])

/** @param host in lower case */
export function isDockerHub(host: string): boolean {
  return HOSTS.has(host)
}

/** Docker Hub by its one name; another host stays. @param host in lower case */
export function withHubName(host: string): string {
  return isDockerHub(host) ? DOCKER_HUB : host
}

/**
 * Images of a single component are Docker's own there: `redis` is `library/redis`.
 * @throws OciError NAME_INVALID for what is too long then
 */
export function hubRepository(repository: Repository): Repository {
  if (repository.includes('/')) return repository
  const official = `library/${repository}`
  if (isRepository(official)) return official
  throw new OciError('NAME_INVALID', `"${repository}" is too long for a repository name`)
}
