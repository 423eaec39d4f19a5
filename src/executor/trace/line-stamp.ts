import type { Clock } from '../../clock.ts'

/** A line that is longer is cut: what is written of it must be seen some time. In UTF-16 units. */
const MAX_LINE_LENGTH = 8 * 1024

/**
 * Puts the time before every line, and from where it came: `2026-08-22T00:44:03.123456Z 00O text`. A line that was
 * cut goes on behind a `+` where others have a space.
 */
export class LineStamp {
  readonly #clock: Clock
  readonly #origin: string
  #line = ''
  #startedAt = 0
  #isCut = false

  /** @param origin two hexadecimal digits for the source, then O or E: `00` ourselves, `01` the job's container */
  constructor(clock: Clock, origin: `${string}${'O' | 'E'}`) {
    this.#clock = clock
    this.#origin = origin
  }

  push(text: string): string {
    const parts = text.split('\n')
    const rest = parts.pop() ?? ''
    return parts.map((part) => this.#add(part) + this.#finish()).join('') + this.#add(rest)
  }

  end(): string {
    return this.#line === '' ? '' : this.#finish()
  }

  #add(text: string): string {
    if (this.#line === '') this.#startedAt = this.#clock.now()
    this.#line += text
    let output = ''
    while (this.#line.length > MAX_LINE_LENGTH) {
      const cutAt = MAX_LINE_LENGTH - (isHighSurrogate(this.#line, MAX_LINE_LENGTH - 1) ? 1 : 0)
      const rest = this.#line.slice(cutAt)
      this.#line = this.#line.slice(0, cutAt)
      output += this.#finish()
      this.#line = rest
      this.#isCut = true
    }
    return output
  }

  #finish(): string {
    const time = new Date(this.#startedAt).toISOString().replace('Z', '000Z')
    const line = `${time} ${this.#origin}${this.#isCut ? '+' : ' '}${this.#line}\n`
    this.#line = ''
    this.#isCut = false
    return line
  }
}

function isHighSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  return unit >= 0xd800 && unit <= 0xdbff
}
