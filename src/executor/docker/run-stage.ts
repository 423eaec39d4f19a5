import type { StageEnd, StageRun, TraceWriter } from '../executor.ts'
import { JobFailure } from '../failure.ts'
import { ContainerGone } from './container-gone.ts'
import type { Containers } from './containers.ts'
import type { Engine } from './engine.ts'
import { EngineError } from './engine-error.ts'
import { explainExit, explainNoStart } from './explain-exit.ts'
import { NotStarted, runScript, type ScriptEnd } from './run-script.ts'
import type { StagePlan } from './stage-containers.ts'

export interface StageOrder {
  readonly engine: Engine
  readonly containers: Containers
  readonly containerId: string
  readonly plan: StagePlan
  readonly enginePlatform: string
  readonly stage: StageRun
  readonly trace: TraceWriter
  readonly signal: AbortSignal
  readonly stop: () => Promise<void>
}

/** @throws JobFailure; the signal's reason, the container then being gone */
export async function runStage(order: StageOrder): Promise<StageEnd> {
  const { containers, containerId, stage, trace, signal, stop } = order
  try {
    const end = await runScript({ containers, containerId, script: stage.script, trace, signal, stop })
    return { exitCode: end.exitCode, explanation: await explain(order, end) }
  } catch (error) {
    signal.throwIfAborted()
    const told = error instanceof NotStarted ? await notStarted(order, error) : error
    signal.throwIfAborted()
    throw told instanceof EngineError ? engineFailed(order, told) : told
  }
}

async function explain(order: StageOrder, { exitCode, outputBytes }: ScriptEnd): Promise<string | undefined> {
  if (exitCode === 0) return undefined
  const { containers, containerId, enginePlatform, signal } = order
  const { State, HostConfig } = await containers.inspect(containerId, { signal })
  if (State.Dead || State.Status === 'removing') {
    throw new EngineError('NOT_FOUND', `container ${containerId.slice(0, 12)} is being removed`)
  }
  return explainExit({
    exitCode,
    outputBytes,
    enginePlatform,
    isOomKilled: State.OOMKilled,
    memoryLimitBytes: HostConfig.Memory || undefined,
    imagePlatform: await imagePlatform(order),
  })
}

/** @returns what the engine says when it cannot be asked for more: the container may be gone */
async function notStarted(order: StageOrder, error: NotStarted): Promise<unknown> {
  return await explainStart(order, error).catch((trouble: unknown) => trouble)
}

async function explainStart(order: StageOrder, { cause }: NotStarted): Promise<JobFailure> {
  const { containers, containerId, plan, enginePlatform, signal } = order
  const platform = await imagePlatform(order)
  const image = plan.image.name
  if (platform !== enginePlatform) {
    const message = `exec format error: image "${image}" is for ${platform}, and this engine runs ${enginePlatform}`
    return new JobFailure('runner_configuration_error', message, { cause })
  }
  const { Config } = await containers.inspect(containerId, { signal })
  const message = explainNoStart(cause.message, image, [Config.Entrypoint ?? []].flat(), Config.Cmd ?? [])
  const code = cause.code === 'FAILED' ? 'runner_system_failure' : 'runner_configuration_error'
  return new JobFailure(code, message, { cause })
}

async function imagePlatform({ engine, plan, signal }: StageOrder): Promise<string> {
  const id = plan.image.imageId
  const ask = (docker: Engine['docker']) => docker.getImage(id).inspect()
  const image = await engine.call(`inspect image ${plan.image.name}`, ask, { signal })
  return `${image.Os}/${image.Architecture}`
}

function engineFailed({ stage, containerId }: StageOrder, error: EngineError): JobFailure {
  if (error.code === 'NOT_FOUND') return new ContainerGone(stage.name, containerId, error)
  const message = `the engine went away or failed while ${stage.name} ran: ${error.message}`
  return new JobFailure('runner_system_failure', message, { cause: error })
}
