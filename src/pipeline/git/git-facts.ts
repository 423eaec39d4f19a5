import { basename } from 'node:path'
import type { CommitFacts, RefFacts, UserFacts } from '../pipeline-context.ts'
import type { Git } from './git.ts'
import { localPlace, pathPart, type RemotePlace, readRemoteUrl } from './remote-url.ts'
import type { Repository } from './repository.ts'

/** What git writes where there is none. */
export const NO_COMMIT = '0'.repeat(40)
const NOBODY = { name: 'nobody', email: 'nobody@localhost' }

/** What `CI_COMMIT_*` say; of a repository without commits, that there is none. */
export async function readCommit({ git, head }: Repository): Promise<Omit<CommitFacts, 'beforeSha'>> {
  const format = '--format=%H%x00%an <%ae>%x00%cI%x00%B'
  const log = ['log', '-1', '--no-show-signature', '--encoding=UTF-8', format, 'HEAD', '--']
  const said = head === undefined ? '' : await git.run(log)
  const [sha = '', author = '', timestamp = '', message = ''] = said.split('\0')
  return { sha: sha || NO_COMMIT, author, timestamp, message }
}

/** The branch that is checked out; without one, a branch that ends here, or what the commit is called. */
export async function readBranch({ git, head }: Repository): Promise<string> {
  const current = await git.find(['symbolic-ref', '--quiet', '--short', 'HEAD'])
  if (current !== undefined) return current
  const format = '--format=%(refname:lstrip=2)'
  const heads = await git.run(['for-each-ref', '--points-at=HEAD', '--count=1', format, 'refs/heads'])
  return heads || (head ?? NO_COMMIT)
}

/** @param tag whether or not there is one of this name: a pipeline of a tag that is to come can be tried */
export async function readTag({ git, head }: Repository, tag: string): Promise<RefFacts & TagFacts> {
  const ref = `refs/tags/${tag}`
  const [type, commit] = await Promise.all([
    git.find(['cat-file', '-t', ref]),
    git.find(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]),
  ])
  const message = type === 'tag' ? await git.run(['for-each-ref', '--format=%(contents)', ref]) : undefined
  const isElsewhere = commit !== undefined && commit !== head
  return { kind: 'tag', name: tag, isProtected: false, tagMessage: message, isElsewhere }
}

interface TagFacts {
  /** It is there, and names another commit than the one that is checked out. */
  readonly isElsewhere: boolean
}

/** What the server's project has as its default branch, as far as this clone knows. */
export async function readDefaultBranch(git: Git, current: string): Promise<string> {
  const followed = await git.find(['symbolic-ref', '--quiet', 'refs/remotes/origin/HEAD'])
  if (followed !== undefined) return followed.replace('refs/remotes/origin/', '')
  const configured = await git.find(['config', '--get', 'init.defaultBranch'])
  const candidates = [configured, 'main', 'master'].filter((name) => name !== undefined)
  const refs = candidates.flatMap((name) => [`refs/remotes/origin/${name}`, `refs/heads/${name}`])
  const there = await git.run(['for-each-ref', '--format=%(refname)', ...refs])
  const names = there.split('\n').map((ref) => ref.replace(/^refs\/(remotes\/origin|heads)\//, ''))
  return candidates.find((name) => names.includes(name)) ?? current
}

/** Where the project's server is; of a project without one, this machine, and the directory's name. */
export async function readRemote({ git, directory }: Repository): Promise<RemotePlace> {
  const remotes = (await git.run(['remote'])).split('\n').filter((name) => name !== '')
  const name = remotes.includes('origin') ? 'origin' : remotes[0]
  const url = name === undefined ? undefined : await git.find(['remote', 'get-url', name])
  const found = url === undefined ? undefined : readRemoteUrl(url)
  return found ?? localPlace(basename(directory))
}

/** Whom git would name as author. */
export async function readUser(git: Git): Promise<UserFacts> {
  const [name, email] = await Promise.all([
    git.find(['config', '--get', 'user.name']),
    git.find(['config', '--get', 'user.email']),
  ])
  const known = { name: name || NOBODY.name, email: email || NOBODY.email }
  return { id: 1, login: pathPart(known.email.split('@')[0] ?? ''), ...known }
}
