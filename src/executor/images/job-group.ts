import { JobFailure } from '../failure.ts'
import { expand } from '../job/expand.ts'
import type { Job } from '../job/job.ts'
import { repositoryPath } from '../job/repository-path.ts'

/**
 * The group that a job pulls as. It may name where the project is; that is told by the server, not by the job's
 * variables: who writes a pipeline must not choose what it may pull.
 * @param group of the settings: `acme`, `$CI_PROJECT_NAMESPACE`
 * @throws JobFailure for a variable that says nothing here
 */
export function jobGroup(group: string | undefined, { info, git }: Job): string | undefined {
  if (group === undefined) return undefined
  const path = info.projectPath ?? repositoryPath(git.repoUrl)
  const namespace = path.slice(0, Math.max(path.lastIndexOf('/'), 0))
  const values: Readonly<Record<string, string>> = {
    CI_PROJECT_NAMESPACE: namespace,
    CI_PROJECT_ROOT_NAMESPACE: namespace.split('/')[0] ?? '',
    CI_PROJECT_PATH: path,
  }
  return expand(group, (name) => {
    const value = values[name]
    if (value) return value.toLowerCase()
    const known = Object.keys(values).join(', ')
    const message = `group in [runners.entrepot] names ${name}: what it may name is ${known}, and the project has to have it`
    throw new JobFailure('runner_configuration_error', message)
  })
}
