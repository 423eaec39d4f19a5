import { addAbortSignal, type Duplex, type Readable } from 'node:stream'
import type { ContainerCreateOptions, ContainerInfo, ContainerInspectInfo } from 'dockerode'
import { Demultiplexer } from './demultiplex.ts'
import type { CallOptions, Engine } from './engine.ts'
import { isEngineError } from './engine-error.ts'

/** Output of a command in a container is read up to this; more is dropped. */
const MAX_COMMAND_OUTPUT_BYTES = 256 * 1024
const MAX_LOG_BYTES = 64 * 1024
/** Of a container that somebody else removes. */
const REMOVAL_TIMEOUT_MS = 30_000

export interface CommandEnd {
  readonly exitCode: number
  readonly output: string
}

/** Containers of an engine, by id. Errors: EngineError. */
export class Containers {
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** @returns the id */
  async create(options: ContainerCreateOptions, call: CallOptions = {}): Promise<string> {
    const made = await this.#engine.call(
      `create container ${options.name}`,
      (docker, abortSignal) => docker.createContainer({ ...options, abortSignal }),
      call,
    )
    return made.id
  }

  async start(id: string, call: CallOptions = {}): Promise<void> {
    await this.#engine.call(
      `start container ${short(id)}`,
      (docker, abortSignal) => docker.getContainer(id).start({ abortSignal }),
      call,
    )
  }

  inspect(id: string, call: CallOptions = {}): Promise<ContainerInspectInfo> {
    return this.#engine.call(
      `inspect container ${short(id)}`,
      (docker, abortSignal) => docker.getContainer(id).inspect({ abortSignal }),
      call,
    )
  }

  /** Its input and its outputs, multiplexed. To be called before the start, or the first output is missed. */
  async attach(id: string, call: CallOptions = {}): Promise<Duplex> {
    const options = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true }
    const stream = await this.#engine.call(
      `attach to container ${short(id)}`,
      (docker) => docker.getContainer(id).attach(options),
      call,
    )
    return stream as Duplex
  }

  /** @returns its exit code, as soon as it does not run; there is no deadline but the signal */
  async wait(id: string, signal?: AbortSignal): Promise<number> {
    const end = await this.#engine.call(
      `wait for container ${short(id)}`,
      (docker, abortSignal) => docker.getContainer(id).wait({ abortSignal }),
      { signal, timeoutMs: LONGEST_WAIT_MS },
    )
    return end.StatusCode
  }

  /** Asks it to end, and kills it after so many seconds. What does not run is left alone. */
  async stop(id: string, seconds: number, call: CallOptions = {}): Promise<void> {
    await this.#engine.call(
      `stop container ${short(id)}`,
      async (docker, abortSignal) => {
        await docker.getContainer(id).stop({ t: seconds, abortSignal }).catch(ignoreStatus(304))
      },
      call,
    )
  }

  /** With its anonymous volumes, running or not. What is gone already is well. */
  async remove(id: string, { keepVolumes = false, ...call }: CallOptions & { keepVolumes?: boolean } = {}) {
    try {
      await this.#engine.call(
        `remove container ${short(id)}`,
        (docker) => docker.getContainer(id).remove({ force: true, v: !keepVolumes }),
        call,
      )
    } catch (error) {
      if (isEngineError(error, 'NOT_FOUND')) return
      // Somebody else is removing it, and until then its name is taken.
      if (!isEngineError(error, 'CONFLICT')) throw error
      await this.#untilRemoved(id, call)
    }
  }

  async #untilRemoved(id: string, call: CallOptions): Promise<void> {
    try {
      await this.#engine.call(
        `wait until container ${short(id)} is removed`,
        (docker, abortSignal) => docker.getContainer(id).wait({ condition: 'removed', abortSignal }),
        { timeoutMs: REMOVAL_TIMEOUT_MS, ...call },
      )
    } catch (error) {
      if (!isEngineError(error, 'NOT_FOUND')) throw error
    }
  }

  /** Running or not, all that carry every one of the labels: `name` or `name=value`. */
  list(labels: readonly string[], call: CallOptions = {}): Promise<ContainerInfo[]> {
    const filters = JSON.stringify({ label: labels })
    return this.#engine.call(
      'list containers',
      (docker, abortSignal) => docker.listContainers({ all: true, filters, abortSignal }),
      call,
    )
  }

  /** The end of what it wrote, at most 64 KiB, each line with its time. */
  async tail(id: string, lines: number, call: CallOptions = {}): Promise<string> {
    const options = { stdout: true, stderr: true, timestamps: true, tail: lines, follow: false as const }
    const bytes = await this.#engine.call(
      `read the log of container ${short(id)}`,
      (docker, abortSignal) => docker.getContainer(id).logs({ ...options, abortSignal }),
      call,
    )
    const text: Buffer[] = []
    new Demultiplexer((chunk) => text.push(chunk)).push(Buffer.from(bytes))
    return Buffer.concat(text).subarray(-MAX_LOG_BYTES).toString('utf8')
  }

  /** All that it wrote and writes, multiplexed, each line with its time. Owned by the caller. */
  async follow(id: string, call: CallOptions = {}): Promise<Readable> {
    const options = { stdout: true, stderr: true, timestamps: true, follow: true as const }
    const stream = await this.#engine.call(
      `follow the log of container ${short(id)}`,
      (docker) => docker.getContainer(id).logs(options),
      call,
    )
    return stream as Readable
  }

  /** Runs a command in a running container. @returns what it wrote to both outputs */
  async run(id: string, command: readonly string[], call: CallOptions = {}): Promise<CommandEnd> {
    const options = { Cmd: [...command], AttachStdout: true, AttachStderr: true }
    return await this.#engine.call(
      `run a command in container ${short(id)}`,
      async (docker, abortSignal) => {
        const exec = await docker.getContainer(id).exec({ ...options, abortSignal })
        const stream = await exec.start({ hijack: true, stdin: false })
        const output = await readOutput(stream, abortSignal)
        const { ExitCode } = await exec.inspect()
        return { exitCode: ExitCode ?? -1, output }
      },
      call,
    )
  }

  /** The signal ends the stream too. */
  async readArchive(id: string, path: string, call: CallOptions = {}): Promise<Readable> {
    const stream = await this.#engine.call(
      `read ${path} of container ${short(id)}`,
      (docker) => docker.getContainer(id).getArchive({ path }),
      call,
    )
    const { signal } = call
    return signal === undefined ? (stream as Readable) : addAbortSignal(signal, stream as Readable)
  }

  /** Whether there is anything at that path; a link counts, wherever it leads. */
  async hasPath(id: string, path: string, call: CallOptions = {}): Promise<boolean> {
    try {
      await this.#engine.call(
        `look for ${path} in container ${short(id)}`,
        async (docker, abortSignal) => {
          const answer: Readable = await docker.getContainer(id).infoArchive({ path, abortSignal })
          answer.resume()
        },
        call,
      )
      return true
    } catch (error) {
      if (isEngineError(error, 'NOT_FOUND')) return false
      throw error
    }
  }

  /** @throws what the stream throws */
  async writeArchive(id: string, directory: string, tar: Readable, call: CallOptions = {}): Promise<void> {
    // The library only pipes: without this a stream that fails would leave the request waiting for its end.
    const broken = new AbortController()
    tar.once('error', (error) => broken.abort(error))
    const signal = call.signal === undefined ? broken.signal : AbortSignal.any([call.signal, broken.signal])
    try {
      await this.#engine.call(
        `write to ${directory} of container ${short(id)}`,
        (docker, abortSignal) => docker.getContainer(id).putArchive(tar, { path: directory, abortSignal }),
        { timeoutMs: LONGEST_WAIT_MS, ...call, signal },
      )
    } finally {
      tar.destroy()
    }
  }
}

/** The largest that a timer takes: 24 days. */
const LONGEST_WAIT_MS = 2 ** 31 - 1

function short(id: string): string {
  return id.slice(0, 12)
}

function ignoreStatus(status: number): (error: { statusCode?: number }) => void {
  return (error) => {
    if (error.statusCode !== status) throw error
  }
}

async function readOutput(stream: Duplex, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  const frames = new Demultiplexer((chunk) => {
    if (bytes < MAX_COMMAND_OUTPUT_BYTES) chunks.push(chunk)
    bytes += chunk.length
  })
  const close = () => stream.destroy()
  signal.addEventListener('abort', close, { once: true })
  try {
    for await (const chunk of stream) frames.push(chunk)
  } finally {
    signal.removeEventListener('abort', close)
    stream.destroy()
  }
  return Buffer.concat(chunks).toString('utf8')
}
