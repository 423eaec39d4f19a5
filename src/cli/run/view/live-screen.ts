import type { Clock } from '../../../clock.ts'
import type { Output } from '../../context.ts'
import { displayWidth } from '../../display-width.ts'
import type { Palette } from '../../palette.ts'
import { terminalColumns } from '../../terminal-columns.ts'
import { footerLines } from './footer-lines.ts'
import { NOTHING_YET, type RunOverview } from './run-overview.ts'
import type { Screen } from './screen.ts'

/** Often enough to look alive, seldom enough to cost nothing. */
const DRAW_EVERY_MS = 100
const MAX_PENDING_LENGTH = 64 * 1024

const ERASE_BELOW = '\u001b[J'
const up = (rows: number): string => (rows > 0 ? `\u001b[${rows}A` : '')

/** A terminal: lines scroll by above a footer that shows what is going on. */
export class LiveScreen implements Screen {
  readonly #stdout: Output
  readonly #stderr: Output
  readonly #clock: Clock
  readonly #paint: Palette
  readonly #over = new AbortController()
  #overview: RunOverview = NOTHING_YET
  /** Lines that are not written yet: the footer is drawn once for many of them. */
  #pending = ''
  /** The footer as it stands there. */
  #drawn: readonly string[] = []

  constructor(stdout: Output, stderr: Output, clock: Clock, paint: Palette) {
    this.#stdout = stdout
    this.#stderr = stderr
    this.#clock = clock
    this.#paint = paint
    void this.#keepDrawing()
  }

  print(lines: readonly string[]): void {
    for (const line of lines) this.#pending += `${line}\n`
    if (this.#over.signal.aborted || this.#pending.length > MAX_PENDING_LENGTH) this.#draw()
  }

  say(text: string): void {
    // Both may be the same terminal, and then the footer is in the way.
    this.#stdout.write(`${this.#eraseFooter()}${this.#pending}`)
    this.#pending = ''
    this.#drawn = []
    this.#stderr.write(text)
  }

  show(overview: RunOverview): void {
    this.#overview = overview
  }

  close(): void {
    if (this.#over.signal.aborted) return
    this.#over.abort()
    this.#draw()
  }

  async #keepDrawing(): Promise<void> {
    const { signal } = this.#over
    while (!signal.aborted) {
      this.#draw()
      await this.#clock.sleep(DRAW_EVERY_MS, signal).catch(() => undefined)
    }
  }

  #draw(): void {
    const columns = terminalColumns(this.#stdout)
    const footer = this.#over.signal.aborted
      ? []
      : footerLines(this.#overview, this.#clock.now(), columns, this.#paint)
    const isSame = this.#pending === '' && footer.join('\n') === this.#drawn.join('\n')
    if (isSame) return
    this.#stdout.write(`${this.#eraseFooter()}${this.#pending}${footer.join('\n')}`)
    this.#pending = ''
    this.#drawn = footer
  }

  // A terminal that has become narrower has broken the lines of the footer.
  #eraseFooter(): string {
    const columns = terminalColumns(this.#stdout)
    if (this.#drawn.length === 0) return ''
    const rows = this.#drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / columns)),
      0,
    )
    return `\r${up(rows - 1)}${ERASE_BELOW}`
  }
}
