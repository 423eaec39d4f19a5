import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import type { ProgramSettings } from '../../executor/config/runner-settings.ts'
import { runSettings } from '../../executor/run/run-settings.ts'
import { programVariables } from '../../runner/protocol/runner-identity.ts'
import type { RunnerPlan } from '../../runner/runner.ts'
import type { FleetOrder } from '../../runner/runner-fleet.ts'
import { shortToken } from '../../runner/short-token.ts'
import { openRunner, type RunnerParts } from './open-runner.ts'
import type { RegisteredSettings } from './runner-file.ts'

/** What a config.toml asks of the fleet. */
export function planRunners(
  program: ProgramSettings,
  runners: readonly RegisteredSettings[],
  parts: RunnerParts,
): FleetOrder {
  const { concurrent, shutdownTimeoutMs, checkIntervalMs } = program
  const plans = runners.map((settings, index) =>
    planRunner(settings, checkIntervalMs, runners.slice(0, index), parts),
  )
  return { concurrent, shutdownTimeoutMs, plans }
}

function planRunner(
  settings: RegisteredSettings,
  checkIntervalMs: number,
  before: readonly RegisteredSettings[],
  parts: RunnerParts,
): RunnerPlan {
  const { name, url, id, token, limit = 0, requestConcurrency, outputLimitBytes } = settings
  const { identity } = parts
  const short = shortToken(token)
  // Who writes the same runner twice wants two of it.
  const twins = before.filter((other) => other.url === url && isSame(settings, other)).length
  // With a new token it is the same runner, and jobs of both tokens count for its limit.
  const key = `${url} ${id === undefined ? short : `id ${id}`} ${twins}`
  const what = JSON.stringify([key, settings, [...settings.featureFlags], checkIntervalMs])
  return {
    name: name || short,
    key,
    version: createHash('sha256').update(what).digest('hex'),
    limit,
    requestConcurrency,
    checkIntervalMs,
    token,
    tokenExpiresAt: settings.tokenExpiresAt,
    url,
    banner: [
      `Running with entrepot ${identity.version}`,
      `  on ${name} ${short}, system ID: ${identity.systemId}`,
    ],
    outputLimitBytes,
    settings: { ...runSettings(settings, hostname()), program: programVariables(identity) },
    open: (signal) => openRunner(settings, parts, signal),
  }
}

function isSame(one: RegisteredSettings, other: RegisteredSettings): boolean {
  return one.id === undefined ? one.token === other.token : one.id === other.id
}
