import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../../test/support/real/engine.ts'
import type { EntrepotProcess } from '../../test/support/real/entrepot-process.ts'
import type { RunnerProgram } from '../../test/support/real/runner-program.ts'

/** What is left of jobs that are over. */
export interface Left {
  readonly containers: number
  readonly networks: number
  /** Without those that later jobs of the project use again, as `builds` and `cache` are. */
  readonly volumes: number
  /** Those that later jobs use again: as many as slots need, and not as many as there were jobs. */
  readonly reusableVolumes: number
  /** Files of the runner's journal. */
  readonly journalFiles: number
  /** All jobs together; each should have had one of its own. */
  readonly credentials: number
  /** Of those, how many the cache still takes. */
  readonly livingCredentials: number
}

const MANAGED = 'label=entrepot.executor.managed=true'
const REUSABLE = 'label=entrepot.executor.reusable'
const TIMEOUT_MS = 10_000
const REFUSED = 401

interface Place {
  readonly engine: Engine
  readonly cache: EntrepotProcess
  readonly runner: RunnerProgram
}

/** @param secrets the credentials of all jobs, `` for a job that had none */
export async function countLeft(place: Place, secrets: readonly string[]): Promise<Left> {
  const { engine, cache, runner } = place
  const count = async (...args: string[]) => lines(await engine.docker(...args, '--quiet')).length
  const journal = await readdir(join(runner.home, 'caches/entrepot/runner'), { recursive: true })
  const credentials = new Set(secrets.filter((secret) => secret !== ''))
  let livingCredentials = 0
  for (const secret of credentials) if (await isTaken(cache, secret)) livingCredentials += 1
  return {
    containers: await count('ps', '--all', '--filter', MANAGED),
    networks: await count('network', 'ls', '--filter', MANAGED),
    volumes: await count('volume', 'ls', '--filter', `${REUSABLE}=false`),
    reusableVolumes: await count('volume', 'ls', '--filter', `${REUSABLE}=true`),
    journalFiles: journal.length,
    credentials: credentials.size,
    livingCredentials,
  }
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

async function isTaken(cache: EntrepotProcess, secret: string): Promise<boolean> {
  const authorization = `Basic ${Buffer.from(`job:${secret}`).toString('base64')}`
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const { status } = await fetch(`${cache.url}/v2/`, { headers: { authorization }, signal })
  return status !== REFUSED
}
