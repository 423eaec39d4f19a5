import { open } from 'node:fs/promises'
import type { HostOptions } from '../config/docker-settings.ts'
import { JobFailure } from '../failure.ts'

/** Docker's own has 14 KiB. */
const MAX_PROFILE_BYTES = 1024 * 1024
/** Names of profiles that the engine knows, as Docker's client has them. */
const KNOWN = ['unconfined', 'builtin', '']

/**
 * `seccomp=FILE` of security_opt with the file's content: the engine takes the profile itself, and may be on another
 * machine.
 * @throws JobFailure `runner_configuration_error`
 */
export async function inlineSeccomp(options: HostOptions): Promise<HostOptions> {
  if (options.SecurityOpt === undefined) return options
  return { ...options, SecurityOpt: await Promise.all(options.SecurityOpt.map(inline)) }
}

async function inline(option: string): Promise<string> {
  // The colon is how older engines wrote it.
  const [, value = ''] = /^seccomp[=:](.*)$/s.exec(option) ?? []
  if (KNOWN.includes(value) || value.startsWith('{')) return option
  return `seccomp=${JSON.stringify(parse(await read(value), value))}`
}

async function read(path: string): Promise<string> {
  try {
    await using file = await open(path)
    if ((await file.stat()).size > MAX_PROFILE_BYTES) throw new Error('it is larger than 1 MiB')
    return await file.readFile('utf8')
  } catch (error) {
    throw unusable(path, (error as Error).message, error)
  }
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw unusable(path, 'it is not JSON', error)
  }
}

function unusable(path: string, why: string, cause: unknown): JobFailure {
  const message = `the seccomp profile ${path} of security_opt in [runners.docker] cannot be used: ${why}`
  return new JobFailure('runner_configuration_error', message, { cause })
}
