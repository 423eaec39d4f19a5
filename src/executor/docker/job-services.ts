import type { Clock } from '../../clock.ts'
import type { TraceWriter } from '../executor.ts'
import { JobFailure } from '../failure.ts'
import type { PreparedImage } from '../images/image-resolver.ts'
import { type ContainerFrame, serviceContainer } from './container-options.ts'
import type { Containers } from './containers.ts'
import { createService } from './create-service.ts'
import type { DindMirror } from './dind-arguments.ts'
import { isEngineError } from './engine-error.ts'
import { followService } from './follow-service.ts'
import { serviceLabels } from './labels.ts'
import { containerName, type JobNames } from './names.ts'
import type { PlannedService } from './service-plan.ts'
import { addressOf, type ServiceState, waitForService } from './wait-for-service.ts'

export interface ServicesOrder {
  readonly containers: Containers
  readonly names: JobNames
  readonly frame: ContainerFrame
  readonly trace: TraceWriter
  readonly clock: Clock
  readonly isPrivileged: (image: string) => boolean
  /** Until when all that services write is shown as it comes; absent: only the end of what a failed one wrote. */
  readonly followsUntil: AbortSignal | undefined
  /** For engines in containers; absent: they are left alone. */
  readonly mirror: DindMirror | undefined
  /** Of the job's own network, in bytes; absent: the engine's default, or another network. */
  readonly mtu: number | undefined
}

interface StartedService {
  readonly planned: PlannedService
  readonly name: string
  readonly containerId: string
}

const LOG_LINES = 200

/** The services of one job. Who removes them is not decided here: they carry the job's labels. */
export class JobServices {
  readonly #order: ServicesOrder
  readonly #started: StartedService[] = []

  constructor(order: ServicesOrder) {
    this.#order = order
  }

  /** One after the other, in their order. @throws JobFailure; EngineError; the signal's reason */
  async start(
    services: readonly PlannedService[],
    imageOf: (index: number) => PreparedImage,
    signal: AbortSignal,
  ): Promise<void> {
    const { trace } = this.#order
    for (const planned of services) {
      const hostnames = planned.aliases.join(', ')
      trace.line(`Starting service ${planned.image}...`)
      trace.line(`  hostnames: ${hostnames}`)
      this.#started.push(await this.#startOne(planned, imageOf(planned.index), signal))
    }
  }

  async #startOne(
    planned: PlannedService,
    image: PreparedImage,
    signal: AbortSignal,
  ): Promise<StartedService> {
    const { containers, names, frame, isPrivileged } = this.#order
    const name = containerName(names, `${planned.service}-${planned.index}`)
    const options = serviceContainer(frame, {
      name,
      labels: serviceLabels(planned.service, planned.version, frame.settings.containerLabels),
      imageId: image.imageId,
      environment: planned.environment,
      aliases: planned.aliases,
      entrypoint: planned.entrypoint,
      command: planned.command,
      platform: planned.platform,
      isPrivileged: isPrivileged(planned.image),
    })
    const containerId = await createService({
      ...this.#order,
      options: { ...options, ...(planned.user === undefined ? {} : { User: planned.user }) },
      planned,
      signal,
    })
    try {
      await containers.start(containerId, { signal })
      this.#follow(containerId, planned.aliases)
    } catch (error) {
      if (!isEngineError(error, 'REFUSED', 'NOT_FOUND', 'FAILED')) throw error
      // It is found ended when it is waited for, and what the engine said is worth more than that.
      this.#order.trace.warn(`Service ${planned.image} did not start: ${error.message}`)
    }
    return { planned, name, containerId }
  }

  #follow(containerId: string, aliases: readonly string[]): void {
    const { containers, trace, followsUntil: until } = this.#order
    if (until !== undefined) void followService({ containers, containerId, aliases, trace, until })
  }

  /** `name:address` for the hosts file of containers that no network tells the names. */
  async hosts(signal: AbortSignal): Promise<string[]> {
    const { lookup } = this.#order.frame.network
    if (lookup === 'network' || lookup === 'none') return []
    const hosts = this.#started.map(async ({ planned, containerId }) => {
      const address =
        lookup === 'localhost'
          ? '127.0.0.1'
          : addressOf(await this.#order.containers.inspect(containerId, { signal }))
      return address === undefined ? [] : planned.aliases.map((alias) => `${alias}:${address}`)
    })
    return (await Promise.all(hosts)).flat()
  }

  /**
   * Until all are ready; a service that is not, costs a warning with its log.
   * @throws JobFailure when services must not fail; EngineError; the signal's reason
   */
  async wait(timeoutMs: number | undefined, signal: AbortSignal): Promise<void> {
    if (this.#started.length === 0 || timeoutMs === undefined) return
    const { trace, frame } = this.#order
    const seconds = Math.round(timeoutMs / 1000)
    trace.line(`Waiting for services to be up and running (timeout ${seconds} seconds)...`)
    const waits = this.#started.map((service) => this.#waitForOne(service, timeoutMs, signal))
    const states = await Promise.all(waits)
    const failed = this.#started.filter((_, index) => states[index]?.kind === 'failed')
    if (failed.length === 0 || frame.settings.serviceFailure === 'warn') return
    const named = failed.map(({ planned }) => planned.image).join(', ')
    throw new JobFailure('runner_system_failure', `services did not start: ${named}`)
  }

  async #waitForOne(service: StartedService, timeoutMs: number, signal: AbortSignal): Promise<ServiceState> {
    const { containers, clock, trace, frame } = this.#order
    const { containerId, name, planned } = service
    const startedAt = clock.now()
    const state = await waitForService({
      ...{ containers, containerId, name, clock, timeoutMs, signal },
      network: frame.network,
    })
    if (state.kind === 'failed') await this.#tellTrouble(service, state.why)
    if (state.kind === 'unseen')
      trace.line(`Service ${planned.image} runs; whether it listens cannot be seen.`)
    if (state.kind === 'ready') {
      const seconds = ((clock.now() - startedAt) / 1000).toFixed(1)
      trace.line(`Service ${planned.image} is ready after ${seconds} s.`)
    }
    return state
  }

  async #tellTrouble({ name, containerId }: StartedService, why: string): Promise<void> {
    const { trace } = this.#order
    trace.line('')
    trace.warn(`Service ${name} probably didn't start properly.`)
    trace.line('')
    trace.line('Health check error:')
    trace.line(why)
    await this.#tellLog(containerId)
  }

  async #tellLog(containerId: string): Promise<void> {
    const { containers, trace } = this.#order
    const log = await containers.tail(containerId, LOG_LINES).catch((error: Error) => error.message)
    trace.line('')
    trace.line('Service container logs:')
    for (const line of log.trimEnd().split('\n')) trace.line(line.trimEnd())
    trace.line('')
    trace.line('*********')
    trace.line('')
  }

  /** After a script that failed: a service that ended may be why. Never throws. */
  async tellEnded(): Promise<void> {
    for (const { planned, containerId } of this.#started) {
      const seen = await this.#order.containers.inspect(containerId).catch(() => undefined)
      if (seen === undefined || seen.State.Running) continue
      const killed = seen.State.OOMKilled ? ', killed for memory' : ''
      this.#order.trace.warn(
        `Service ${planned.image} has ended with exit code ${seen.State.ExitCode}${killed}.`,
      )
      await this.#tellLog(containerId)
    }
  }
}
