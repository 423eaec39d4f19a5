import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { RunnerSettings } from '../../executor/config/runner-settings.ts'
import { Engine } from '../../executor/docker/engine.ts'
import { isFeatureOn } from '../../executor/job/feature-flags.ts'
import type { Job } from '../../executor/job/job.ts'
import { JobVariables } from '../../executor/job/job-variables.ts'
import { runJob } from '../../executor/run/run-job.ts'
import { runSettings } from '../../executor/run/run-settings.ts'
import { JobTrace } from '../../executor/trace/job-trace.ts'
import type { Log } from '../../log.ts'
import { createLogger } from '../../server/logger.ts'
import { type CliContext, EXIT_FAILED, EXIT_OK, EXIT_UNUSABLE } from '../context.ts'
import { Interruption } from './interruption.ts'
import { isUnusable } from './is-unusable.ts'
import { openExecutor } from './open-executor.ts'
import { type OpenedProxy, openProxy, type ProxyFlags } from './open-proxy.ts'
import { type RunnerFlags, readJobFile, readRunner } from './read-order.ts'

export interface RunFlags extends ProxyFlags, RunnerFlags {
  readonly job: string
}

/** Runs one job from a file. Its log is standard output. @returns the exit code */
export async function runFromFile(flags: RunFlags, context: CliContext): Promise<number> {
  const { stderr } = context
  const destination = { write: (line: string) => void stderr.write(line) }
  const log = createLogger({ level: 'warn', format: 'pretty', colour: false, destination })
  try {
    const job = await readJobFile(flags.job, context)
    const runner = await readRunner(flags, context)
    return await runOn(job, runner, flags, context, log)
  } catch (error) {
    if (!isUnusable(error)) throw error
    stderr.write(`entrepot: ${error.message}\n`)
    return EXIT_UNUSABLE
  }
}

async function runOn(
  job: Job,
  runner: RunnerSettings,
  flags: RunFlags,
  context: CliContext,
  log: Log,
): Promise<number> {
  using interruption = new Interruption(context)
  const engine = new Engine(runner.docker)
  await engine.facts({ signal: interruption.cancel.signal })
  const opened = await openProxy(flags, runner, engine, context, log)
  try {
    return await runThrough(opened, job, runner, engine, interruption, context, log)
  } finally {
    await opened.close()
  }
}

async function runThrough(
  opened: OpenedProxy,
  job: Job,
  runner: RunnerSettings,
  engine: Engine,
  interruption: Interruption,
  context: CliContext,
  log: Log,
): Promise<number> {
  const { clock, stdout } = context
  // No later run has this one's slot: what it would keep, nobody would find.
  const alone = { ...runner, docker: { ...runner.docker, disableCache: true } }
  const executor = await openExecutor({ engine, runner: alone, opened, context, log })
  const trace = new JobTrace({
    sink: { write: (chunk) => void stdout.write(chunk.toString()) },
    clock,
    hasSections: job.features.traceSections,
    hasTimestamps: wantsTimestamps(job, runner),
    limitBytes: runner.outputLimitBytes,
    tokenPrefixes: job.features.tokenMaskPrefixes,
  })
  try {
    await executor.sweep()
    const result = await runJob({
      job,
      executor,
      trace,
      clock,
      log,
      // Of no server's counting: two runs on one machine must not meet.
      slot: randomBytes(3).readUIntBE(0, 3),
      settings: runSettings(runner, hostname()),
      stages: { beforeSteps: [], afterSteps: () => [] },
      cancel: interruption.cancel.signal,
      abort: interruption.abort.signal,
    })
    if (interruption.exitCode !== undefined) return interruption.exitCode
    return result.status === 'success' ? EXIT_OK : EXIT_FAILED
  } finally {
    await executor.close()
  }
}

/** A person reads along here: lines are stamped for whoever asks for it only. */
function wantsTimestamps(job: Job, { environment, featureFlags }: RunnerSettings): boolean {
  const variables = new JobVariables([...environment, ...job.variables])
  const isSaid = featureFlags.has('FF_TIMESTAMPS') || variables.get('FF_TIMESTAMPS') !== undefined
  return isSaid && isFeatureOn('FF_TIMESTAMPS', featureFlags, variables)
}
