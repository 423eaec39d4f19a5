import { join } from 'node:path'
import type { Git } from '../git/git.ts'
import type { Repository } from '../git/repository.ts'

export interface CopyOrder {
  readonly repository: Repository
  /** Of the copy; must not be there yet. */
  readonly target: string
  /** Commits of history; 0: all. */
  readonly depth: number
  /** What the copy names as its origin. */
  readonly originUrl: string
  /** Whether the files of the commit are put beside it. */
  readonly isCheckedOut: boolean
}

/**
 * A clone of its own, with the commit checked out as runners leave it: no branch, nothing of the user's settings,
 * logins and hooks, and an index of what is committed.
 * @throws GitError; the signal's reason
 */
export async function copyRepository(order: CopyOrder, signal: AbortSignal): Promise<void> {
  const { repository, target, depth, originUrl, isCheckedOut } = order
  const { git, directory, head } = repository
  // Hooks of the user would run in the copy.
  const plain = ['-c', 'core.hooksPath=/dev/null', '-c', 'advice.detachedHead=false']
  const clone = ['clone', '--quiet', '--no-local', '--no-checkout', '--no-reject-shallow', '--origin=origin']
  const history = depth > 0 ? [`--depth=${depth}`] : []
  await git.run([...plain, ...clone, ...history, '--template=', '--', directory, target], signal)
  const copy = git.in(target)
  await copy.run(['remote', 'set-url', 'origin', originUrl], signal)
  if (head === undefined) return
  await detach(copy, head, signal)
  const files = isCheckedOut ? ['reset', '--quiet', '--hard', head] : ['read-tree', head]
  await copy.run([...plain, ...files], signal)
}

async function detach(copy: Git, head: string, signal: AbortSignal): Promise<void> {
  await copy.run(['update-ref', '--no-deref', 'HEAD', head], signal)
}

export function gitDirectory(copy: string): string {
  return join(copy, '.git')
}
