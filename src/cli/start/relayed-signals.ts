import { EventEmitter } from 'node:events'
import type { RunnerSignal, SignalSource, StopSignal } from '../context.ts'

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** The signals of this process, and a SIGTERM of our own, unless it is stopping anyway. */
export class RelayedSignals implements SignalSource {
  readonly #own = new EventEmitter()
  readonly #system: SignalSource
  readonly #noteStop = (): void => {
    this.#isStopping = true
  }
  #isStopping = false
  #isTold = false

  constructor(system: SignalSource) {
    this.#system = system
    for (const signal of STOP_SIGNALS) system.on(signal, this.#noteStop)
  }

  /** Also for those who begin to listen later. */
  stop(): void {
    if (this.#isStopping) return
    this.#isStopping = true
    this.#isTold = true
    this.#own.emit('SIGTERM')
  }

  on(signal: StopSignal | RunnerSignal, listener: () => void): void {
    this.#system.on(signal, listener)
    this.#own.on(signal, listener)
    if (this.#isTold && signal === 'SIGTERM') queueMicrotask(listener)
  }

  off(signal: StopSignal | RunnerSignal, listener: () => void): void {
    this.#system.off(signal, listener)
    this.#own.off(signal, listener)
  }

  [Symbol.dispose](): void {
    for (const signal of STOP_SIGNALS) this.#system.off(signal, this.#noteStop)
  }
}
