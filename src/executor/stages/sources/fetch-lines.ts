import type { GitInfo } from '../../job/job.ts'
import { notice } from '../../script/notice.ts'
import { git } from './git-command.ts'
import type { SourceChoices } from './source-choices.ts'
import type { SourceRepository } from './source-repository.ts'

/** Of servers that name none, as AlloyCI. */
const ALL_REFSPECS = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*']

type FetchChoices = Pick<SourceChoices, 'depth' | 'fetchFlags'>

/** The line that fetches what the job needs, in a repository that is there. */
export function fetchCommand(
  { refspecs }: Pick<GitInfo, 'refspecs'>,
  { depth, fetchFlags }: FetchChoices,
  ...special: readonly string[]
): string {
  const all = refspecs.length > 0 ? refspecs : ALL_REFSPECS
  const depthFlags = depth > 0 ? ['--depth', String(depth)] : []
  return git('fetch', 'origin', '--no-recurse-submodules', ...all, ...depthFlags, ...special, ...fetchFlags)
}

/** Lines that bring a repository at the top of the project directory up to date, or begin one. */
export function fetchLines(
  info: Pick<GitInfo, 'refspecs' | 'objectFormat'>,
  repository: SourceRepository,
  choices: FetchChoices,
): readonly string[] {
  const { depth } = choices
  const format = info.objectFormat === 'sha1' ? [] : [`--object-format=${info.objectFormat}`]
  const fetch = (...special: string[]) => fetchCommand(info, choices, ...special)
  return [
    notice(depth > 0 ? `Fetching changes with git depth set to ${depth}...` : 'Fetching changes...'),
    `[ -e .git ] || ${notice('Created fresh repository.')}`,
    git('init', '--template=', ...format),
    git('remote', 'add', 'origin', repository.url),
    ...(depth > 0
      ? [fetch()]
      : ['if [ -f .git/shallow ]; then', fetch('--unshallow'), 'else', fetch(), 'fi']),
  ]
}
