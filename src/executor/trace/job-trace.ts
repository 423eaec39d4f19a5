import type { Clock } from '../../clock.ts'
import type { TraceStream, TraceWriter } from '../executor.ts'
import type { ByteFilter } from './byte-filter.ts'
import { LimitedSink } from './limited-sink.ts'
import { LineStamp } from './line-stamp.ts'
import { PhraseMask } from './phrase-mask.ts'
import { TraceChannel } from './trace-channel.ts'
import type { TraceSink } from './trace-sink.ts'
import { ValueMask } from './value-mask.ts'
import { tokenRule, urlParameterRule } from './value-rules.ts'

export interface TraceOptions {
  readonly sink: TraceSink
  readonly clock: Clock
  /** Marks where stages begin and end, for servers that fold them. */
  readonly hasSections: boolean
  /** FF_TIMESTAMPS. */
  readonly hasTimestamps: boolean
  readonly limitBytes: number
  /** Of tokens to hide, besides GitLab's own. */
  readonly tokenPrefixes: readonly string[]
}

const CLEAR = '\x1b[0K'
const RESET = '\x1b[0;m'
const COLOURS = {
  title: '\x1b[36;1m',
  info: '\x1b[32;1m',
  warning: '\x1b[0;33m',
  error: '\x1b[31;1m',
} as const

/**
 * The log of one job, as GitLab shows it. Nothing that is to be hidden leaves it, however the job cuts its output
 * into pieces; each of its streams for itself.
 */
export class JobTrace implements TraceWriter {
  readonly #options: TraceOptions
  readonly #sink: LimitedSink
  readonly #own: TraceChannel
  readonly #streams: Readonly<Record<TraceStream, TraceChannel>>
  readonly #hidden = new Set<string>()

  constructor(options: TraceOptions) {
    this.#options = options
    this.#sink = new LimitedSink(options.sink, options.limitBytes)
    this.#own = this.#channel('00O')
    this.#streams = { stdout: this.#channel('01O'), stderr: this.#channel('01E') }
  }

  /** Hides values from here on, besides those that are hidden already. */
  hide(values: readonly string[]): void {
    const news = values.filter((value) => value !== '' && !this.#hidden.has(value))
    if (news.length === 0) return
    for (const value of news) this.#hidden.add(value)
    for (const channel of this.#channels) channel.replaceFilters(this.#filters())
  }

  write(chunk: Buffer, stream: TraceStream): void {
    // Masking what nobody will see would cost a job with a long log its time.
    if (!this.#sink.isOver) this.#streams[stream].write(chunk)
  }

  line(text: string): void {
    this.#writeOwn(`${CLEAR}${text}${RESET}\n`)
  }

  info(text: string): void {
    this.line(`${COLOURS.info}${text}`)
  }

  warn(text: string): void {
    this.line(`${COLOURS.warning}WARNING: ${text}`)
  }

  error(text: string): void {
    this.line(`${COLOURS.error}ERROR: ${text}`)
  }

  /** What is written while the work is under way stands under the title, and can be folded away. */
  async section<Result>(name: string, title: string, work: () => Promise<Result>): Promise<Result> {
    this.#writeOwn(`${this.#mark('start', name)}${CLEAR}${COLOURS.title}${title}${RESET}\n`)
    try {
      return await work()
    } finally {
      this.flush()
      this.#writeOwn(this.#mark('end', name))
    }
  }

  /** Writes what was held back to see how it goes on: nothing more comes of these streams, or not of this stage. */
  flush(): void {
    for (const channel of this.#channels) channel.flush()
  }

  get #channels(): readonly TraceChannel[] {
    return [...Object.values(this.#streams), this.#own]
  }

  #mark(edge: 'start' | 'end', name: string): string {
    if (!this.#options.hasSections) return ''
    return `section_${edge}:${Math.floor(this.#options.clock.now() / 1000)}:${name}\r${CLEAR}`
  }

  #writeOwn(text: string): void {
    this.#own.write(Buffer.from(text))
    this.#own.flush()
  }

  #channel(origin: '00O' | '01O' | '01E'): TraceChannel {
    const { clock, hasTimestamps } = this.#options
    const stream = origin === '01E' ? 'stderr' : 'stdout'
    return new TraceChannel(
      { write: (chunk) => this.#sink.write(chunk, stream) },
      this.#filters(),
      hasTimestamps ? new LineStamp(clock, origin) : undefined,
    )
  }

  #filters(): readonly ByteFilter[] {
    return [
      new PhraseMask([...this.#hidden].map((value) => Buffer.from(value))),
      new ValueMask(tokenRule(this.#options.tokenPrefixes)),
      new ValueMask(urlParameterRule),
    ]
  }
}
