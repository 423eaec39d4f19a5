import type {
  Executor,
  JobEnvironment,
  JobOrder,
  StageEnd,
  StageRun,
} from '../../../src/executor/executor.ts'
import { variable } from '../job/variable.ts'

/** What happens in an environment; what is not said goes well at once. */
export interface Acts {
  readonly prepare?: (signal: AbortSignal, tries: number) => Promise<void>
  readonly run?: (stage: StageRun, signal: AbortSignal, order: JobOrder) => Promise<Partial<StageEnd>>
  readonly close?: () => Promise<void>
}

/** An executor without a place: it does as a test tells it, and remembers what it was asked. */
export class ScriptedExecutor implements Executor {
  readonly name = 'dummy'
  /** `open`, `prepare`, the names of stages, `close`. */
  readonly events: string[] = []
  readonly scripts = new Map<string, string>()
  readonly #acts: Acts

  constructor(acts: Acts) {
    this.#acts = acts
  }

  open(order: JobOrder): JobEnvironment {
    this.events.push('open')
    return {
      prepare: async (signal) => {
        this.events.push('prepare')
        const tries = this.events.filter((event) => event === 'prepare').length
        await this.#acts.prepare?.(signal, tries)
        return {
          hostname: 'host-of-job',
          buildsDirectory: '/builds',
          projectDirectory: '/builds/acme/shop',
          temporaryDirectory: '/builds/acme/shop.tmp',
          cacheDirectory: '/cache',
          variables: [variable('CI_DEPENDENCY_PROXY_PASSWORD', 'proxy-password', { isMasked: true })],
        }
      },
      run: async (stage, signal) => {
        this.events.push(stage.name)
        this.scripts.set(stage.name, stage.script)
        return { exitCode: 0, explanation: undefined, ...(await this.#acts.run?.(stage, signal, order)) }
      },
      readArchive: () => Promise.reject(new Error('nothing here')),
      writeArchive: () => Promise.reject(new Error('nothing here')),
      makeDirectories: () => Promise.reject(new Error('nothing here')),
      close: async () => {
        this.events.push('close')
        await this.#acts.close?.()
      },
    }
  }

  sweep(): Promise<{ containers: number; networks: number; volumes: number }> {
    return Promise.resolve({ containers: 0, networks: 0, volumes: 0 })
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

/** Goes on until it is stopped. */
export function untilStopped(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('some trouble of the engine, being stopped')), {
      once: true,
    })
  })
}

/** Goes on for ever, whatever it is told. */
export function forEver(): Promise<never> {
  return new Promise(() => {})
}
