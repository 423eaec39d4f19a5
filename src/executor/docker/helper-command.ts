import { quote } from '../script/quote.ts'
import { shellCommand } from '../script/shell-command.ts'
import type { FileOwner } from './file-owner.ts'
import type { JobDirectories } from './job-directories.ts'

export interface HelperFiles {
  /** Who the build's scripts run as; absent: root, as whom the helper writes. */
  readonly owner: FileOwner | undefined
  readonly directories: Pick<JobDirectories, 'project' | 'temporary'>
  /** Whether everybody may write what the helper writes; else it is told whose it became. */
  readonly hasUmask: boolean
}

/**
 * A shell for the helper's scripts, which gives what they wrote to the build's user: git refuses to work in somebody
 * else's directory. The helper does that, not the build: its image is the runner's own choice, so no job gets to run
 * anything as root this way.
 */
export function helperCommand(files: HelperFiles): readonly string[] {
  const [shell = 'sh', option = '-c', detect = ''] = shellCommand()
  const umask = files.hasUmask ? 'umask 0000; ' : ''
  return [shell, option, `${umask}(${detect}); code=$?; ${give(files)}; exit $code`]
}

function give({ owner, directories, hasUmask }: HelperFiles): string {
  if (owner === undefined) return takeBack(directories.project)
  const whose = `${owner.uid}:${owner.gid}`
  const told = `echo ${quote(`Changing ownership of files at "${directories.project}" to ${whose}`)}; `
  const paths = [directories.project, directories.temporary].map(quote).join(' ')
  return `${hasUmask ? '' : told}chown -RhP ${whose} ${paths}`
}

/**
 * Root can write everywhere, and needs only the repository to be its own. It may be another's who was the build's user
 * in an earlier job.
 */
function takeBack(project: string): string {
  const repository = quote(`${project}/.git`)
  return `[ ! -e ${repository} ] || [ -O ${repository} ] || chown -RhP 0:0 ${quote(project)}`
}
