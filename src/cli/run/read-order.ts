import { resolve } from 'node:path'
import type { RunnerSettings } from '../../executor/config/runner-settings.ts'
import type { Job } from '../../executor/job/job.ts'
import { JobInvalid } from '../../executor/job/job-invalid.ts'
import { readJob } from '../../executor/job/read-job.ts'
import type { CliContext } from '../context.ts'
import { chooseRunner, RunnerNotChosen } from './choose-runner.ts'
import { readConfig } from './read-config.ts'
import { readNamedFile } from './read-named-file.ts'

/** @throws FileUnreadable, JobInvalid */
export async function readJobFile(path: string, { cwd }: CliContext): Promise<Job> {
  const text = await readNamedFile(resolve(cwd, path))
  return readJob(parseJson(text))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What the parser says would show the job, which holds secrets.
    throw new JobInvalid([{ path: '', message: 'the file is not JSON' }])
  }
}

export interface RunnerFlags {
  readonly config?: string
  /** Its name in that file. */
  readonly runner?: string
  readonly dockerHost?: string
}

/**
 * The runner of a config.toml that is meant; the defaults without one.
 * @throws FileUnreadable, RunnerConfigError, RunnerNotChosen
 */
export async function readRunner(
  { config, runner: name, dockerHost }: RunnerFlags,
  context: CliContext,
): Promise<RunnerSettings> {
  const text = config === undefined ? '' : await readNamedFile(resolve(context.cwd, config))
  const { runners } = readConfig(text, config ?? 'config.toml', context)
  if (config === undefined && name !== undefined)
    throw new RunnerNotChosen(`--runner ${name} needs the file that has this runner: --config`)
  const runner = chooseRunner(runners, name, config ?? 'config.toml')
  return dockerHost === undefined ? runner : { ...runner, docker: { ...runner.docker, host: dockerHost } }
}
