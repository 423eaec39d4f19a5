import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Git, GitError, type GitPlace } from './git.ts'

/** A work tree, and what is checked out in it. */
export interface Repository {
  /** At its top. */
  readonly git: Git
  /** The top of the work tree. */
  readonly directory: string
  /** Undefined: nothing was committed yet. */
  readonly head: string | undefined
}

/**
 * The work tree that a directory is in.
 * @throws GitError
 */
export async function openRepository({ directory, env }: GitPlace): Promise<Repository> {
  const git = new Git({ directory, env })
  const [top, head] = await Promise.all([
    findTop(git, directory),
    git.find(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']),
  ])
  return { git: git.in(top), directory: top, head }
}

async function findTop(git: Git, directory: string): Promise<string> {
  try {
    const top = await git.run(['rev-parse', '--show-toplevel'])
    if (top !== '') return top
  } catch (error) {
    if (!(error instanceof GitError) || error.code !== 'FAILED') throw error
    // Git may have a reason of its own, such as whom the directory belongs to.
    if (await hasRepositoryAbove(directory)) throw error
  }
  const message = `${directory} is in no work tree of git: a pipeline is about a commit; \`git init\` makes one`
  throw new GitError('NO_PROJECT', message)
}

async function hasRepositoryAbove(directory: string): Promise<boolean> {
  for (let at = directory; ; at = dirname(at)) {
    const isThere = await stat(join(at, '.git')).then(
      () => true,
      () => false,
    )
    if (isThere) return true
    if (dirname(at) === at) return false
  }
}
