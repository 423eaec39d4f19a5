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
export function helperCommand({ owner, directories, hasUmask }: HelperFiles): readonly string[] {
  const [shell = 'sh', option = '-c', detect = ''] = shellCommand()
  const umask = hasUmask ? 'umask 0000; ' : ''
  if (owner === undefined) return [shell, option, `${umask}${detect}`]
  const whose = `${owner.uid}:${owner.gid}`
  const told = `echo ${quote(`Changing ownership of files at "${directories.project}" to ${whose}`)}; `
  const paths = [directories.project, directories.temporary].map(quote).join(' ')
  const give = `${hasUmask ? '' : told}chown -RhP ${whose} ${paths}`
  return [shell, option, `${umask}(${detect}); code=$?; ${give}; exit $code`]
}
