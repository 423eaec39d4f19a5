import type { GitInfo, JobHook } from '../../job/job.ts'
import type { JobVariables } from '../../job/job-variables.ts'
import { commandLines } from '../../script/command-lines.ts'
import { environmentLines } from '../../script/environment-lines.ts'
import { frame } from '../../script/frame.ts'
import { notice, trouble } from '../../script/notice.ts'
import { quote } from '../../script/quote.ts'
import type { ScriptStyle } from '../../script/script-style.ts'
import { checkoutLines } from './checkout-lines.ts'
import { cloneLines } from './clone-lines.ts'
import { fetchLines } from './fetch-lines.ts'
import { git } from './git-command.ts'
import { gitSettingLines, keptSettings } from './git-settings.ts'
import { emptyLines, leftoverLines } from './leftover-lines.ts'
import type { SourceChoices } from './source-choices.ts'
import type { SourceRepository } from './source-repository.ts'
import { submoduleLines } from './submodule-lines.ts'

export interface SourcesScript {
  readonly git: Omit<GitInfo, 'repoUrl'>
  readonly repository: SourceRepository
  readonly hooks: readonly JobHook[]
  readonly choices: SourceChoices
  readonly variables: JobVariables
  readonly projectDirectory: string
  /** Of the runner, outside of the job's own hooks. */
  readonly before: string | undefined
  readonly after: string | undefined
  readonly style: ScriptStyle
}

/** The script that gets a job's sources, for the image with git in it. It may be run again after it failed. */
export function sourcesScript(script: SourcesScript): string {
  const { choices, projectDirectory } = script
  if (choices.strategy === 'empty') {
    const told = [EMPTY, 'Skipping Git checkout', 'Skipping Git submodules setup'].map(notice)
    return frame([...told, ...emptyLines(projectDirectory)].join('\n'))
  }
  return frame([...preamble(script), ...repositoryLines(script)].join('\n'))
}

const EMPTY = 'Skipping Git repository setup and creating an empty build directory'

/** The script that takes away what may have kept the sources from being got; it never fails over a broken repository. */
export function clearWorktreeScript(projectDirectory: string): string {
  const path = quote(projectDirectory)
  const clear = [git('rm', '-rf', '--ignore-unmatch', '--quiet', '.'), git('clean', '-ffdx', '-q')]
  return frame(
    [
      notice('Deleting tracked and untracked files...'),
      `if [ -d ${path}/.git ] && (cd ${path} && ${clear.join(' && ')}) 2> /dev/null; then :; else`,
      ...emptyLines(projectDirectory),
      'fi',
    ].join('\n'),
  )
}

function preamble({ variables, repository, choices, style }: SourcesScript): readonly string[] {
  return [
    ...environmentLines(variables),
    ...gitSettingLines(repository, choices.submodules, variables),
    ...(style.isTraced ? ['set -o xtrace'] : []),
    'if ! command -v git > /dev/null; then',
    trouble('there is no git in the helper image: helper_image in [runners.docker] names one that has it'),
    'exit 1',
    'fi',
    // The files of an earlier job are its user's. This git has no other repositories to look after.
    git('config', '--global', '--replace-all', 'safe.directory', '*'),
    ...(choices.skipsLfs ? [] : ['export GIT_LFS_SKIP_SMUDGE=1']),
  ]
}

function repositoryLines(script: SourcesScript): readonly string[] {
  const { choices, projectDirectory, variables, repository } = script
  const kept = keptSettings(repository, variables)
  const hasSubmodules = choices.submodules !== undefined
  return [
    ...hookLines(script, 'pre_get_sources_script'),
    ...(choices.strategy === 'clone'
      ? emptyLines(projectDirectory)
      : [`mkdir -p ${quote(projectDirectory)}`]),
    `cd ${quote(projectDirectory)}`,
    ...leftoverLines({ hasSubmodules }),
    ...(choices.isCloned ? cloneLines : fetchLines)(script.git, repository, choices),
    ...kept.map(([key, value]) => git('config', key, value)),
    ...checkoutLines(script.git, choices),
    ...submoduleLines(choices),
    ...(hasSubmodules
      ? kept.map(([key, value]) =>
          git('submodule', 'foreach', '--quiet', '--recursive', 'git', 'config', key, value),
        )
      : []),
    ...hookLines(script, 'post_get_sources_script'),
  ]
}

/** The runner's own are around the job's. */
function hookLines(
  { hooks, before, after, style }: SourcesScript,
  name: 'pre_get_sources_script' | 'post_get_sources_script',
): readonly string[] {
  const ofJob = hooks.filter((hook) => hook.name === name).flatMap(({ script }) => script)
  const isBefore = name === 'pre_get_sources_script'
  const own = isBefore ? before : after
  const ofRunner = own === undefined || own === '' ? [] : [own]
  return commandLines(isBefore ? [...ofRunner, ...ofJob] : [...ofJob, ...ofRunner], style)
}
