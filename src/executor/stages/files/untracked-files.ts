import { posix } from 'node:path'
import { text } from 'node:stream/consumers'
import { JobFailure } from '../../failure.ts'
import type { JobPlace } from '../../run/job-run.ts'
import { frame } from '../../script/frame.ts'
import { quote } from '../../script/quote.ts'
import { tarEntries } from '../../tar/tar-entries.ts'

/** Some hundred thousand paths. */
const MAX_LIST_BYTES = 64 * 1024 * 1024
const LIST = 'entrepot-untracked'

/**
 * What git does not track in the project, ignored files too, as git in the helper container says.
 * @returns paths relative to the project
 * @throws JobFailure; the signal's reason
 */
export async function untrackedFiles(
  { environment, prepared }: JobPlace,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const list = posix.join(prepared.temporaryDirectory, LIST)
  const { exitCode } = await environment.run(
    { name: 'untracked', container: 'helper', script: frame(listScript(prepared.projectDirectory, list)) },
    signal,
  )
  if (exitCode !== 0)
    throw new JobFailure('script_failure', 'git could not list what it does not track', { exitCode })
  const archive = await environment.readArchive(list, signal)
  if (archive === undefined) return new Set()
  for await (const { header, body } of tarEntries(archive)) {
    if (header.size > MAX_LIST_BYTES) {
      throw new JobFailure('script_failure', 'there are too many files that git does not track to list them')
    }
    return new Set((await text(body)).split('\0').filter((path) => path !== ''))
  }
  return new Set()
}

/**
 * The project is not the helper's own, so git has to be told that it may look at it; and what a job wrote into
 * .git/config must not be run here.
 */
function listScript(projectDirectory: string, list: string): string {
  return [
    'home=$(mktemp -d)',
    'export HOME="$home"',
    'git config --global safe.directory "*"',
    `git -C ${quote(projectDirectory)} -c core.fsmonitor=false ls-files -o -z > ${quote(list)}`,
    'rm -rf "$home"',
  ].join('\n')
}
