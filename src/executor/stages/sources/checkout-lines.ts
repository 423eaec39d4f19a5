import type { GitInfo } from '../../job/job.ts'
import { notice, trouble } from '../../script/notice.ts'
import { bareRef } from './bare-ref.ts'
import { git } from './git-command.ts'
import type { SourceChoices } from './source-choices.ts'

type CheckoutChoices = Pick<SourceChoices, 'depth' | 'isCheckedOut' | 'cleanFlags' | 'skipsLfs'>

/** Lines that put the files of the job's commit in place, and take away those that are not of it. */
export function checkoutLines(
  { sha, ref }: Pick<GitInfo, 'sha' | 'ref'>,
  choices: CheckoutChoices,
): readonly string[] {
  if (!choices.isCheckedOut) return [notice('Skipping Git checkout')]
  const branch = bareRef(ref)
  return [
    notice(`Checking out ${sha.slice(0, 8)} as detached HEAD (ref is ${branch})...`),
    `if ! ${git('rev-parse', '--quiet', '--verify', `${sha}^{commit}`)} > /dev/null; then`,
    trouble(explainMissing(sha, branch, choices.depth)),
    'exit 1',
    'fi',
    git('-c', 'submodule.recurse=false', 'checkout', '-f', '-q', sha),
    ...(choices.cleanFlags.length === 0 ? [] : [git('clean', ...choices.cleanFlags)]),
    ...(choices.skipsLfs ? [] : lfsLines(git('lfs', 'pull'))),
  ]
}

/**
 * Lines for large files, which git itself leaves out: git-lfs gets them all at once. Images without git-lfs have
 * pointers. One that nobody has set up since it came into its image leaves pointers too.
 */
export function lfsLines(pull: string): readonly string[] {
  const isSetUp = 'git config --get filter.lfs.clean > /dev/null'
  return [
    'if git lfs version > /dev/null 2>&1; then',
    `${isSetUp} || git lfs install --skip-repo > /dev/null`,
    pull,
    'echo',
    'fi',
  ]
}

function explainMissing(sha: string, ref: string, depth: number): string {
  const gone = `reference is not a tree: commit ${sha} is not among what was fetched of ${ref}.`
  const why = 'It was removed from the repository'
  return depth > 0
    ? `${gone} ${why}, or is older than the last ${depth} commits (GIT_DEPTH)`
    : `${gone} ${why}`
}
