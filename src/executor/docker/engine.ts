import type Docker from 'dockerode'
import { untilAborted } from '../../until-aborted.ts'
import { JobFailure } from '../failure.ts'
import { type EngineAddress, openDocker } from './engine-address.ts'
import { EngineError, toEngineError } from './engine-error.ts'

/** Long enough for an engine that makes twenty containers at once on a busy machine. */
const CALL_TIMEOUT_MS = 120_000

export interface CallOptions {
  /** Ends the call early; its reason is thrown. */
  readonly signal?: AbortSignal | undefined
  /** Default two minutes; undefined: as long as it takes. */
  readonly timeoutMs?: number | undefined
}

/** What an engine says of itself. */
export interface EngineFacts {
  readonly name: string
  readonly version: string
  readonly apiVersion: string
  /** As in a platform: `linux/amd64`. */
  readonly platform: string
}

/** One engine. Every call has a deadline, and every failure of a call is an EngineError. */
export class Engine {
  readonly docker: Docker
  readonly #host: string

  constructor(address: EngineAddress) {
    this.docker = openDocker(address)
    this.#host = address.host
  }

  /** @throws JobFailure when there is no engine, or none that runs Linux containers */
  async facts(options: CallOptions = {}): Promise<EngineFacts> {
    const asked = `cannot use the Docker engine at "${this.#host}"`
    try {
      const [info, version] = await Promise.all([
        this.call('ask for the engine', () => this.docker.info(), options),
        this.call('ask for the version', () => this.docker.version(), options),
      ])
      if (info.OSType !== 'linux') {
        throw new JobFailure('runner_configuration_error', `${asked}: it runs ${info.OSType} containers`)
      }
      return {
        name: info.Name,
        version: version.Version,
        apiVersion: version.ApiVersion,
        platform: `linux/${version.Arch}`,
      }
    } catch (error) {
      if (!(error instanceof EngineError)) throw error
      const advice = 'is it running, and may this user reach it? See host in [runners.docker], or DOCKER_HOST'
      throw new JobFailure('runner_system_failure', `${asked}: ${error.message}; ${advice}`, { cause: error })
    }
  }

  /**
   * @param what for the error: `start container x`
   * @throws EngineError; the signal's reason
   */
  async call<T>(
    what: string,
    act: (docker: Docker, abortSignal: AbortSignal) => Promise<T>,
    { signal, timeoutMs = CALL_TIMEOUT_MS }: CallOptions = {},
  ): Promise<T> {
    signal?.throwIfAborted()
    const deadline = AbortSignal.timeout(timeoutMs)
    const abortSignal = signal === undefined ? deadline : AbortSignal.any([signal, deadline])
    try {
      // Some calls of the library do not listen to a signal to their end.
      return await untilAborted(act(this.docker, abortSignal), abortSignal)
    } catch (error) {
      signal?.throwIfAborted()
      if (deadline.aborted)
        throw new EngineError('TIMEOUT', `${what}: no answer in ${timeoutMs / 1000} s`, error)
      throw toEngineError(what, error)
    }
  }
}
