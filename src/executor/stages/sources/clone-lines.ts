import type { GitInfo } from '../../job/job.ts'
import { notice, warning } from '../../script/notice.ts'
import { quote } from '../../script/quote.ts'
import { bareRef } from './bare-ref.ts'
import { fetchCommand, fetchLines } from './fetch-lines.ts'
import { git } from './git-command.ts'
import type { SourceChoices } from './source-choices.ts'
import type { SourceRepository } from './source-repository.ts'

type CloneInfo = Pick<GitInfo, 'refspecs' | 'objectFormat' | 'ref' | 'sha'>
type CloneChoices = Pick<SourceChoices, 'depth' | 'fetchFlags' | 'cloneFlags'>

/**
 * Lines that make a repository by `git clone` in the project directory, which is empty. Of refs that are no branches and
 * no tags, those of merge requests, git clones since 2.49; an older one fetches them.
 */
export function cloneLines(
  info: CloneInfo,
  repository: SourceRepository,
  choices: CloneChoices,
): readonly string[] {
  const ref = bareRef(info.ref)
  const told = choices.cloneFlags.length === 0 ? '' : ', GIT_CLONE_EXTRA_FLAGS has no effect'
  if (!ref.startsWith('refs/')) return clone(info, repository, choices, ref === '' ? [] : ['--branch', ref])
  return [
    'case $(git clone -h 2>&1) in *--revision*)',
    ...clone(info, repository, choices, ['--revision', ref]),
    ';; *)',
    warning(`this git does not clone ${ref}, 2.49 does: it is fetched${told}`),
    ...fetchLines(info, repository, choices),
    ';; esac',
  ]
}

function clone(
  info: CloneInfo,
  repository: SourceRepository,
  choices: CloneChoices,
  chosen: readonly string[],
): readonly string[] {
  const { depth, cloneFlags } = choices
  const depthFlags = depth > 0 ? ['--depth', String(depth)] : []
  const flags = ['--no-checkout', '--template=', ...depthFlags, ...chosen, ...cloneFlags]
  return [
    notice(announcement(info.ref, depth)),
    git('clone', ...flags, '--', repository.url, '.'),
    // A branch that went on, or begins anew, has it no longer; the server keeps it for its pipeline.
    `git rev-parse --quiet --verify ${quote(`${info.sha}^{commit}`)} > /dev/null || ${fetchCommand(info, choices)}`,
  ]
}

function announcement(ref: string, depth: number): string {
  const which = ref === '' ? '' : ` for ${ref}`
  return `Cloning repository${which}${depth > 0 ? ` with git depth set to ${depth}` : ''}...`
}
