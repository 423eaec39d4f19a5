import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { readRunnerFile } from '../../executor/config/read-runner-file.ts'
import type { RunnerSettings } from '../../executor/config/runner-settings.ts'
import type { Job } from '../../executor/job/job.ts'
import { JobInvalid } from '../../executor/job/job-invalid.ts'
import { readJob } from '../../executor/job/read-job.ts'
import type { CliContext } from '../context.ts'
import { FileUnreadable } from './file-unreadable.ts'

const DEFAULT_DOCKER_HOST = 'unix:///var/run/docker.sock'

/** @throws FileUnreadable, JobInvalid */
export async function readJobFile(path: string, { cwd }: CliContext): Promise<Job> {
  const text = await readText(resolve(cwd, path))
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

/**
 * The first runner of a config.toml; the defaults without one.
 * @throws FileUnreadable, RunnerConfigError
 */
export async function readRunner(
  { config, dockerHost }: { readonly config?: string; readonly dockerHost?: string },
  { cwd, env, stderr }: CliContext,
): Promise<RunnerSettings> {
  const text = config === undefined ? '' : await readText(resolve(cwd, config))
  const file = readRunnerFile(text, {
    file: config ?? 'config.toml',
    dockerHost: env.DOCKER_HOST || DEFAULT_DOCKER_HOST,
    env,
  })
  for (const warning of file.warnings) stderr.write(`entrepot: ${warning}\n`)
  const [runner] = file.runners
  if (runner === undefined) throw new Error('a runner file has at least one runner')
  return dockerHost === undefined ? runner : { ...runner, docker: { ...runner.docker, host: dockerHost } }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new FileUnreadable(`${path} cannot be read`, { cause: error })
  }
}
