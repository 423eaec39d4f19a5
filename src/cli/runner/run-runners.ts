import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { SUPPORTED_EXECUTOR } from '../../executor/config/complete-runner.ts'
import type { RunnerFile } from '../../executor/config/runner-settings.ts'
import { readOwner } from '../../executor/docker/owner.ts'
import { JobJournal } from '../../runner/journal/job-journal.ts'
import { reportLeftJobs } from '../../runner/journal/report-left-jobs.ts'
import { RunnerFleet } from '../../runner/runner-fleet.ts'
import type { LogPart } from '../../server/logger.ts'
import { RunnerMetrics } from '../../server/metrics/runner-metrics.ts'
import { RunnerMetricsListener } from '../../server/runner-metrics-listener.ts'
import { type CliContext, EXIT_FAILED, EXIT_OK } from '../context.ts'
import type { HoldServer } from '../run/local-server.ts'
import type { ProxyFlags } from '../run/open-proxy.ts'
import { parseConfig } from '../run/read-config.ts'
import { cacheHome } from '../user-directories.ts'
import type { RunnerParts } from './open-runner.ts'
import { openServer } from './open-server.ts'
import { planRunners } from './plan-runners.ts'
import { tokenKey } from './rotation/shared-tokens.ts'
import { TokenFile } from './rotation/token-file.ts'
import { TokenRotation } from './rotation/token-rotation.ts'
import { isRegistered, type RegisteredSettings, runnerFilePath } from './runner-file.ts'
import { runnerIdentity } from './runner-identity.ts'
import { RunnerLog, type RunnerLogFlags } from './runner-log.ts'
import { RunnerSignals } from './runner-signals.ts'
import { SharedProxies } from './shared-proxies.ts'
import { WatchedFile } from './watched-file.ts'

export interface RunnerRunFlags extends ProxyFlags, RunnerLogFlags {
  readonly config?: string
}

export interface RunnerRunOptions {
  /** Absent: one that runs here, or is started. */
  readonly holdServer?: HoldServer
  /** See LoggerOptions. */
  readonly part?: LogPart
}

/** As often as GitLab Runner looks at it. */
const RELOAD_INTERVAL_MS = 3000
/** Beyond `shutdown_timeout`: for what jobs have on the engine. What is left then is removed at the next start. */
const CLOSE_DEADLINE_MS = 10_000

/**
 * Takes jobs for the runners of a config.toml until a signal ends it.
 * @returns the exit code
 * @throws FileUnreadable, RunnerConfigError for a file that is wrong from the beginning
 */
export async function runRunners(
  flags: RunnerRunFlags,
  context: CliContext,
  options: RunnerRunOptions = {},
): Promise<number> {
  const program = await RunnerProgram.open(flags, context, options)
  return await program.run()
}

class RunnerProgram {
  readonly #context: CliContext
  readonly #file: WatchedFile
  readonly #log: RunnerLog
  readonly #parts: RunnerParts
  readonly #journal: JobJournal
  /** Keys of tokens that no jobs are asked for with, because others take their place. */
  readonly #resting = new Set<string>()
  #settings: RunnerFile
  #reload = new AbortController()

  static async open(
    flags: RunnerRunFlags,
    context: CliContext,
    { holdServer, part }: RunnerRunOptions,
  ): Promise<RunnerProgram> {
    const file = new WatchedFile(runnerFilePath(flags.config, context, process.getuid?.() ?? 0))
    const log = new RunnerLog(context, flags, part)
    const settings = parseConfig(await file.read(), file.path, context.env)
    const directory = dirname(file.path)
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const identity = await runnerIdentity(directory)
    const journal = await JobJournal.open(join(cacheHome(context.env), 'runner'), await readOwner())
    const parts = { flags, holdServer, directory, identity, proxies: new SharedProxies(), context, log }
    return new RunnerProgram(context, file, log, parts, journal, settings)
  }

  private constructor(
    context: CliContext,
    file: WatchedFile,
    log: RunnerLog,
    parts: RunnerParts,
    journal: JobJournal,
    settings: RunnerFile,
  ) {
    this.#context = context
    this.#file = file
    this.#log = log
    this.#parts = parts
    this.#journal = journal
    this.#settings = settings
  }

  async run(): Promise<number> {
    const { clock } = this.#context
    const log = this.#log
    using signals = new RunnerSignals(this.#context, log, () => this.#reload.abort())
    const abort = signals.abort.signal
    const fleet = new RunnerFleet({
      journal: this.#journal,
      clock,
      log,
      drain: signals.drain.signal,
      abort,
    })
    using metrics = new RunnerMetrics(fleet.figures)
    await using listener = new RunnerMetricsListener(metrics, log)
    const isOver = new AbortController()
    await this.#apply(fleet, listener)
    const openServerOf = (url: string) => this.#openServer(url)
    const reporting = reportLeftJobs(
      { journal: this.#journal, openServer: openServerOf, clock, log },
      AbortSignal.any([abort, isOver.signal]),
    )
    const watching = this.#watch(fleet, listener, isOver.signal)
    const rotating = this.#rotation(fleet).run(isOver.signal)
    const isLate = this.#isLate(abort, isOver.signal)
    try {
      const end = await Promise.race([fleet.over(), isLate])
      if (end === 'late') {
        log.error({ event: 'runner.stop_timed_out' }, 'stopping took too long: what is left is removed later')
        return EXIT_FAILED
      }
      log.info({ event: 'runner.stopped' }, 'stopped')
      return EXIT_OK
    } finally {
      isOver.abort()
      await Promise.all([watching, rotating, reporting])
      await this.#journal[Symbol.asyncDispose]()
    }
  }

  get #registered(): readonly RegisteredSettings[] {
    return this.#settings.runners.filter(isRegistered)
  }

  async #apply(fleet: RunnerFleet, listener: RunnerMetricsListener): Promise<void> {
    const { program, warnings } = this.#settings
    this.#log.apply(
      program,
      this.#registered.map(({ token }) => token),
    )
    for (const warning of warnings) this.#log.warn({ event: 'runner.config_warning' }, warning)
    const names = this.#plan(fleet)
    const { concurrent } = program
    const event = { event: 'runner.configured', file: this.#file.path, concurrent, runners: names }
    if (names.length > 0) this.#log.info(event, 'waiting for jobs')
    else {
      const told = `there is no runner with a url, a token and the executor ${SUPPORTED_EXECUTOR} in ${this.#file.path} yet`
      this.#log.warn({ event: 'runner.none' }, told)
    }
    await listener.follow(program.metricsAddress)
  }

  /** @returns the names of those that take jobs here */
  #plan(fleet: RunnerFleet): readonly string[] {
    const { program } = this.#settings
    const taking = this.#registered.filter(({ executor }) => executor === SUPPORTED_EXECUTOR)
    const keys = new Set(taking.map(tokenKey))
    for (const key of this.#resting) if (!keys.has(key)) this.#resting.delete(key)
    const order = planRunners(program, taking, this.#parts)
    fleet.apply({ ...order, plans: order.plans.filter((plan) => !this.#resting.has(tokenKey(plan))) })
    return taking.map(({ name }) => name)
  }

  #rotation(fleet: RunnerFleet): TokenRotation {
    return new TokenRotation({
      runners: () => this.#registered,
      file: new TokenFile(this.#file.path, this.#context.env),
      openServer: ({ url, tls }) => openServer({ ...this.#parts, url, tls }, this.#context),
      rest: (key) => {
        this.#resting.add(key)
        this.#plan(fleet)
      },
      resume: (key) => {
        this.#resting.delete(key)
        this.#plan(fleet)
      },
      reload: () => this.#reload.abort(),
      clock: this.#context.clock,
      log: this.#log,
    })
  }

  /** Reads the file again when it is another, or when a signal says so. What is wrong changes nothing. */
  async #watch(fleet: RunnerFleet, listener: RunnerMetricsListener, over: AbortSignal): Promise<void> {
    const { clock } = this.#context
    while (!over.aborted) {
      const wake = AbortSignal.any([over, this.#reload.signal])
      await clock.sleep(RELOAD_INTERVAL_MS, wake).catch(() => {})
      if (over.aborted) return
      const isTold = this.#reload.signal.aborted
      if (isTold) this.#reload = new AbortController()
      try {
        if (!isTold && !(await this.#file.hasChanged())) continue
        this.#settings = parseConfig(await this.#file.read(), this.#file.path, this.#context.env)
      } catch (error) {
        const told = 'config.toml cannot be used: the settings stay as they were'
        this.#log.error({ event: 'runner.config_refused', err: error }, told)
        continue
      }
      await this.#apply(fleet, listener)
    }
  }

  async #isLate(abort: AbortSignal, over: AbortSignal): Promise<'late'> {
    await new Promise<void>((resolve) => abort.addEventListener('abort', () => resolve(), { once: true }))
    const { shutdownTimeoutMs } = this.#settings.program
    await this.#context.clock.sleep(shutdownTimeoutMs + CLOSE_DEADLINE_MS, over).catch(() => {})
    return 'late'
  }

  /** With the certificates of any runner of that server that there is still. */
  #openServer(url: string) {
    const runner = this.#registered.find((other) => other.url === url)
    const none = { caFile: undefined, certFile: undefined, keyFile: undefined }
    return openServer({ ...this.#parts, url, tls: runner?.tls ?? none }, this.#context)
  }
}
