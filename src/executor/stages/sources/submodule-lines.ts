import { notice, warning } from '../../script/notice.ts'
import { lfsLines } from './checkout-lines.ts'
import { git } from './git-command.ts'
import { disconnectLine } from './leftover-lines.ts'
import type { SourceChoices, SubmoduleChoices } from './source-choices.ts'

/** Lines that put the submodules in place. */
export function submoduleLines({
  submodules,
  cleanFlags,
  skipsLfs,
}: Pick<SourceChoices, 'submodules' | 'cleanFlags' | 'skipsLfs'>): readonly string[] {
  if (submodules === undefined) return [notice('Skipping Git submodules setup')]
  const { isRecursive, depth, paths, updateFlags } = submodules
  const recursive = isRecursive ? ['--recursive'] : []
  const meant = paths.length === 0 ? [] : ['--', ...paths]
  const depthFlags = depth > 0 ? ['--depth', String(depth)] : []
  const sync = git('submodule', 'sync', ...recursive, ...meant)
  const update = git('submodule', 'update', '--init', ...recursive, ...depthFlags, ...updateFlags, ...meant)
  const each = (...command: string[]) => git('submodule', 'foreach', ...recursive, 'git', ...command)
  // Of a submodule that follows a branch, only the server's own one is there.
  const fetchBranches = each('fetch', 'origin', '+refs/heads/*:refs/remotes/origin/*')
  const clean = cleanFlags.length === 0 ? [] : [each('clean', ...cleanFlags)]
  return [
    notice(announcement(submodules)),
    disconnectLine(),
    // What is not initialised has no address that could be brought up to date.
    git('submodule', 'init'),
    // A repository that is there has lost its settings, the address too (leftover-lines.ts).
    sync,
    `if ${[...clean, each('reset', '--hard', '--quiet'), update].join(' && ')}; then`,
    notice('Updated submodules'),
    'else',
    warning('Updating submodules failed. Retrying...'),
    ...(updateFlags.includes('--remote') ? [fetchBranches, sync] : BEGIN_ANEW),
    update,
    'fi',
    ...clean,
    ...(skipsLfs ? [] : lfsLines(each('lfs', 'pull'))),
  ]
}

/** Whatever is wrong with what an earlier job left. */
const BEGIN_ANEW = [
  git('submodule', 'deinit', '--all', '--force', '--quiet'),
  'rm -rf .git/modules',
  git('submodule', 'init'),
]

function announcement({ isRecursive, depth }: SubmoduleChoices): string {
  const how = isRecursive ? ' recursively' : ''
  const depthTold = depth > 0 ? ` with git depth set to ${depth}` : ''
  return `Updating/initializing submodules${how}${depthTold}...`
}
