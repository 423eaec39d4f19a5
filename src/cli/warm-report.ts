import { printable } from '../server/printable.ts'
import type { WarmEvent } from '../server/schemas/control.ts'
import type { CliContext } from './context.ts'
import { counted, humanDuration, humanSize } from './human.ts'
import { paletteFor } from './palette.ts'
import { warmLine } from './warm-line.ts'

/** Where lines cannot be written over, a sign of life comes this often. */
const PLAIN_LINE_MS = 10_000
const DEFAULT_COLUMNS = 80
const CLEAR_LINE = '\r\u001b[2K'

type DoneEvent = WarmEvent & { type: 'done' }

/** Tells how warming goes: a bar on a terminal, lines elsewhere, and at the end what became of each image. */
export class WarmReport {
  readonly #context: CliContext
  readonly #json: boolean
  readonly #results: WarmEvent[] = []
  #isBarShown = false
  #lineAt: number

  constructor(context: CliContext, json: boolean) {
    this.#context = context
    this.#json = json
    this.#lineAt = context.clock.now()
  }

  take(event: WarmEvent): void {
    if (event.type === 'progress') this.#progress(event)
    if (event.type !== 'done' && event.type !== 'failed') return
    this.#results.push(event)
    this.#result(event)
  }

  /** @returns whether every image is in the cache */
  finish(): boolean {
    this.breakOff()
    const failed = this.#results.filter(({ type }) => type === 'failed').length
    const done = this.#results.length - failed
    if (this.#json) this.#context.stdout.write(`${JSON.stringify({ images: this.#results, done, failed })}\n`)
    else if (this.#results.length > 1) {
      const failures = failed === 0 ? '' : `, ${failed} failed`
      this.#context.stderr.write(`${counted(done, 'image')} in the cache${failures}\n`)
    }
    return failed === 0
  }

  /** Takes the bar away. */
  breakOff(): void {
    if (this.#isBarShown) this.#context.stderr.write(CLEAR_LINE)
    this.#isBarShown = false
  }

  #progress(event: WarmEvent & { type: 'progress' }): void {
    const { stderr, clock } = this.#context
    if (stderr.isTTY === true) {
      stderr.write(`${CLEAR_LINE}${warmLine(event, (stderr.columns ?? DEFAULT_COLUMNS) - 1)}`)
      this.#isBarShown = true
    } else if (clock.now() - this.#lineAt >= PLAIN_LINE_MS) {
      this.#lineAt = clock.now()
      stderr.write(`${warmLine(event, DEFAULT_COLUMNS)}\n`)
    }
  }

  #result(event: WarmEvent & { type: 'done' | 'failed' }): void {
    const { stdout, stderr, env } = this.#context
    this.breakOff()
    this.#lineAt = this.#context.clock.now()
    if (event.type === 'failed') {
      stderr.write(`${paletteFor(stderr, env).red('failed')} ${event.image}: ${printable(event.message)}\n`)
      return
    }
    if (event.warning !== null)
      stderr.write(
        `${paletteFor(stderr, env).yellow('warning')} ${event.image}: ${printable(event.warning)}\n`,
      )
    if (!this.#json) stdout.write(`${event.name}: ${sentence(event)}\n`)
  }
}

function sentence({ fetchedBytes, totalBytes, fetchedManifests, durationMs }: DoneEvent): string {
  const total = totalBytes ?? 0
  if (fetchedBytes === 0 && fetchedManifests === 0) return `${humanSize(total)}, all of it was here`
  const fetched = `${humanSize(fetchedBytes)} fetched in ${humanDuration(durationMs)}`
  const present = total - fetchedBytes
  return present > 0 ? `${fetched}, ${humanSize(present)} were here` : fetched
}
