import type { Job } from '../../job/job.ts'
import type { JobVariables } from '../../job/job-variables.ts'
import { readRepository, type SourceRepository } from './source-repository.ts'

/** Whom job tokens belong to. */
const TOKEN_USER = 'gitlab-ci-token'

/**
 * Where a job's sources are fetched: where the server says, or where the runner's owner says that all of them are.
 * @param cloneUrl clone_url of `[[runners]]`
 */
export function chooseRepository(
  { git: { repoUrl }, info, token }: Pick<Job, 'git' | 'info' | 'token'>,
  variables: JobVariables,
  cloneUrl: string | undefined,
): SourceRepository {
  const path = variables.get('CI_PROJECT_PATH') || info.projectPath
  if (cloneUrl === undefined || !path) return readRepository(repoUrl)
  const url = new URL(cloneUrl)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}.git`
  if (url.protocol === 'ssh:') {
    url.username ||= 'git'
    return readRepository(url.href)
  }
  const repository = readRepository(url.href)
  // With another server's login the token would not be asked for at all.
  return { ...repository, login: { username: TOKEN_USER, password: token } }
}
