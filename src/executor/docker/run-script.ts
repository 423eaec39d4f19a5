import type { Duplex } from 'node:stream'
import { finished } from 'node:stream/promises'
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
 * @throws NotStarted; EngineError when the engine goes away; the signal's reason, the container then still being as
 * it was
 */
export async function runScript(run: ScriptRun): Promise<ScriptEnd> {
  const { containers, containerId, script, trace, signal } = run
  const stream = await containers.attach(containerId, { signal })
  try {
    let outputBytes = 0
    const frames = new Demultiplexer((chunk, name) => {
      outputBytes += chunk.length
      trace.write(chunk, name)
    })
    stream.on('data', (chunk: Buffer) => frames.push(chunk))
    const ended = endOf(stream)
    await start(containers, containerId, signal)
    stream.end(script)
    const exitCode = await containers.wait(containerId, signal)
    await ended
    return { exitCode, outputBytes }
  } finally {
    stream.destroy()
  }
}

/**
 * When all of the output is here. A broken pipe is no error: a container may end without having read its script,
 * and its exit code says how it went.
 */
async function endOf(stream: Duplex): Promise<void> {
  await finished(stream, { writable: false }).catch(() => undefined)
}

async function start(containers: Containers, id: string, signal: AbortSignal): Promise<void> {
  try {
    await containers.start(id, { signal })
  } catch (error) {
    if (isEngineError(error, 'REFUSED', 'FAILED', 'NOT_FOUND')) throw new NotStarted(error)
    throw error
  }
}
