import type { GitInfo } from '../../job/job.ts'
import { notice } from '../../script/notice.ts'
import { git } from './git-command.ts'
import type { SourceChoices } from './source-choices.ts'
import type { SourceRepository } from './source-repository.ts'

/** Of servers that name none, as AlloyCI. */
const ALL_REFSPECS = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*']

/** Lines that bring a repository at the top of the project directory up to date, or begin one. */
export function fetchLines(
  info: Pick<GitInfo, 'refspecs' | 'objectFormat'>,
  repository: SourceRepository,
  { depth, fetchFlags }: Pick<SourceChoices, 'depth' | 'fetchFlags'>,
): readonly string[] {
  const refspecs = info.refspecs.length > 0 ? info.refspecs : ALL_REFSPECS
  const format = info.objectFormat === 'sha1' ? [] : [`--object-format=${info.objectFormat}`]
  const fetch = (...depthFlags: string[]) =>
    git('fetch', 'origin', '--no-recurse-submodules', ...refspecs, ...depthFlags, ...fetchFlags)
  return [
    notice(depth > 0 ? `Fetching changes with git depth set to ${depth}...` : 'Fetching changes...'),
    `[ -e .git ] || ${notice('Created fresh repository.')}`,
    git('init', '--template=', ...format),
    git('remote', 'add', 'origin', repository.url),
    ...(depth > 0
      ? [fetch('--depth', String(depth))]
      : ['if [ -f .git/shallow ]; then', fetch('--unshallow'), 'else', fetch(), 'fi']),
  ]
}
