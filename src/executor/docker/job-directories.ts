import { JobFailure } from '../failure.ts'
import type { GitStrategy } from '../job/git-strategy.ts'
import type { Job } from '../job/job.ts'
import { repositoryPath } from '../job/repository-path.ts'
import { isWithin, trimSlash } from './parse-volume.ts'

/** Where a job's files are in its containers. */
export interface JobDirectories {
  /** `/builds`. */
  readonly builds: string
  /** `/builds/acme/shop`. */
  readonly project: string
  /** `/builds/acme/shop.tmp`. */
  readonly temporary: string
  /** `/cache`. */
  readonly cache: string
  /** `/cache/acme/shop`. */
  readonly projectCache: string
}

export interface DirectoryChoice {
  readonly job: Job
  /** `builds_dir` and `cache_dir` of the runner. */
  readonly builds: string
  readonly cache: string
  readonly gitStrategy: GitStrategy
  /** GIT_CLONE_PATH, expanded. */
  readonly clonePath: string | undefined
  /** Whether there may be one. */
  readonly isCustomBuildDirEnabled: boolean
  /** Given when the builds directory is a folder of the host, which jobs of other projects and slots see too. */
  readonly shared: { readonly shortToken: string; readonly slot: number } | undefined
}

/** @throws JobFailure `runner_configuration_error` when GIT_CLONE_PATH is not allowed, or leaves the builds directory */
export function jobDirectories(choice: DirectoryChoice): JobDirectories {
  if (choice.clonePath && !choice.isCustomBuildDirEnabled) {
    // GitLab Runner's words.
    const message = 'setting GIT_CLONE_PATH is not allowed, enable `custom_build_dir` feature'
    throw new JobFailure('runner_configuration_error', message)
  }
  const [builds, cache] = [trimSlash(choice.builds), trimSlash(choice.cache)]
  const path = projectPath(choice.job)
  const { shared } = choice
  const root = shared === undefined ? builds : `${builds}/${shared.shortToken}/${shared.slot}`
  const suffix = choice.gitStrategy === 'empty' ? '-empty' : ''
  const project = trimSlash(choice.clonePath || `${root}/${path}${suffix}`)
  if (!isWithin(project, builds) || project === builds || project.split('/').includes('..')) {
    const message = `the GIT_CLONE_PATH="${project}" has to be within "${builds}"`
    throw new JobFailure('runner_configuration_error', message)
  }
  return { builds, project, temporary: `${project}.tmp`, cache, projectCache: `${cache}/${path}` }
}

/** `acme/shop`: what the server says, else the path of the repository. */
function projectPath({ info, git }: Job): string {
  const path = info.projectPath ?? repositoryPath(git.repoUrl).replaceAll(/[^\w./-]/g, '-')
  const clean = path.split('/').filter((part) => part !== '' && part !== '.' && part !== '..')
  return clean.length === 0 ? `project-${info.projectId}` : clean.join('/')
}
