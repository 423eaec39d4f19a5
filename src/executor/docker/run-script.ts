import { finished } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { TraceWriter } from '../executor.ts'
import type { Containers } from './containers.ts'
import { Demultiplexer } from './demultiplex.ts'
import { type EngineError, isEngineError } from './engine-error.ts'

export interface ScriptRun {
  readonly containers: Containers
  /** Created, not running. */
  readonly containerId: string
  readonly script: string
  readonly trace: TraceWriter
  readonly signal: AbortSignal
  /** Ends and removes the container when the signal comes; what it writes until then is still passed on. */
  readonly stop: () => Promise<void>
}

export interface ScriptEnd {
  readonly exitCode: number
  readonly outputBytes: number
}

/** The engine could not start the container: by the image, or by what was asked for it. */
export class NotStarted extends Error {
  override readonly name = 'NotStarted'
  readonly code = 'NOT_STARTED'
  override readonly cause: EngineError

  constructor(cause: EngineError) {
    super(cause.message)
    this.cause = cause
  }
}

/**
 * Starts a container, hands it a script on its standard input and passes on what it writes.
 * @throws NotStarted; EngineError when the engine goes away; the signal's reason, the container then being gone
 */
export async function runScript(run: ScriptRun): Promise<ScriptEnd> {
  const { containers, containerId, script, trace, signal, stop } = run
  const stream = await containers.attach(containerId, { signal })
  try {
    let outputBytes = 0
    const frames = new Demultiplexer((chunk, name) => {
      outputBytes += chunk.length
      trace.write(chunk, name)
    })
    stream.on('data', (chunk: Buffer) => frames.push(chunk))
    const ended = finished(stream, { writable: false }).catch(() => undefined)
    await start(containers, containerId, signal)
    // A broken pipe is no error: a container may end without having read its script, and its exit code says how it went.
    stream.end(script)
    const exitCode = await untilStopped(containers.wait(containerId, signal), signal, async () => {
      await stop()
      await lastOutput(ended)
    })
    await lastOutput(ended)
    return { exitCode, outputBytes }
  } finally {
    stream.destroy()
  }
}

/** Between the engine's answer that a container has ended and its last output. */
const LAST_OUTPUT_TIMEOUT_MS = 10_000

async function lastOutput(ended: Promise<void>): Promise<void> {
  const deadline = new AbortController()
  const late = delay(LAST_OUTPUT_TIMEOUT_MS, undefined, { signal: deadline.signal }).catch(() => undefined)
  await Promise.race([ended, late])
  deadline.abort()
}

async function untilStopped<T>(
  result: Promise<T>,
  signal: AbortSignal,
  stop: () => Promise<void>,
): Promise<T> {
  try {
    return await result
  } catch (error) {
    if (signal.aborted) await stop()
    throw error
  }
}

async function start(containers: Containers, id: string, signal: AbortSignal): Promise<void> {
  try {
    await containers.start(id, { signal })
  } catch (error) {
    if (isEngineError(error, 'REFUSED', 'FAILED', 'NOT_FOUND')) throw new NotStarted(error)
    throw error
  }
}
