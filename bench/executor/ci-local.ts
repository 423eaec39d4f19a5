import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cleanups } from '../../test/support/real/cleanups.ts'
import { findProgram } from '../../test/support/real/component.ts'
import { runCommand } from '../../test/support/real/run-command.ts'
import { scratchDir } from '../../test/support/real/scratch-dir.ts'

/** What has to be installed for it; undefined when it is there. It is no dependency of ours, and wants a newer Node. */
export function missingCiLocal(): string | undefined {
  const advice = [
    ...(findProgram('gitlab-ci-local') === undefined
      ? ['npm install --global gitlab-ci-local (with Node 22 or newer)']
      : []),
    ...(findProgram('rsync') === undefined ? ['apt-get install rsync'] : []),
    ...(findProgram('git') === undefined ? ['apt-get install git'] : []),
  ]
  return advice.length === 0 ? undefined : advice.join('; ')
}

const PIPELINE = (image: string) => `test:\n  image: ${image}\n  script: ["true"]\n`
const REMOTE = 'https://gitlab.example.com/acme/shop.git'

/** A project of one job, and how gitlab-ci-local runs it, from its start to its end. */
export async function openCiLocal(
  endpoint: string,
  image: string,
  cleanups: Cleanups,
): Promise<() => Promise<void>> {
  const home = await scratchDir('ci-local', cleanups)
  const cwd = join(home, 'shop')
  await mkdir(cwd)
  await writeFile(join(cwd, '.gitlab-ci.yml'), PIPELINE(image))
  const git = (...args: string[]) => runCommand('git', args, { cwd, env: IDENTITY })
  await git('init', '--quiet', '--initial-branch=main')
  await git('remote', 'add', 'origin', REMOTE)
  await git('add', '--all')
  await git('commit', '--quiet', '--message', 'A pipeline of one job')
  // The image that moves files is pulled otherwise, and pulls are not the question.
  const flags = ['--home', home, '--helper-image', image, '--pull-policy', 'if-not-present']
  const env = { ...IDENTITY, DOCKER_HOST: endpoint }
  return async () => void (await runCommand('gitlab-ci-local', [...flags, 'test'], { cwd, env }))
}

const IDENTITY = {
  GIT_AUTHOR_NAME: 'bench',
  GIT_AUTHOR_EMAIL: 'bench@example.com',
  GIT_COMMITTER_NAME: 'bench',
  GIT_COMMITTER_EMAIL: 'bench@example.com',
  GIT_CONFIG_GLOBAL: '/dev/null',
}
