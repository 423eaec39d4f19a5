import { lastUpTo } from './last-up-to.ts'

/** A text that was made of another. */
export interface TextView {
  readonly text: string
  /** Where something of it stood in the other. */
  readonly offsetBefore: (offset: number) => number
}

interface Piece {
  /** Where it begins. */
  readonly after: number
  /** Where it stood, or where it was put in. */
  readonly before: number
  readonly isInserted: boolean
}

/** A text made of another, with something put into it here and there, that knows where everything stood before. */
export class PiecedText {
  readonly #original: string
  readonly #parts: string[] = []
  readonly #pieces: Piece[] = []
  #length = 0
  #copied = 0

  constructor(original: string) {
    this.#original = original
  }

  /** Of what there is so far, in characters. */
  get length(): number {
    return this.#length
  }

  /** Takes over what is left. */
  finish(): TextView {
    this.#copy(this.#original.length)
    return { text: this.#parts.join(''), offsetBefore: (offset) => this.#offsetBefore(offset) }
  }

  /**
   * Places come in their order.
   * @param until where the original goes on
   */
  insert(text: string, at: number, until = at): void {
    this.#copy(at)
    this.#add(text, at, true)
    this.#copied = until
  }

  #offsetBefore(offset: number): number {
    const piece = this.#pieces[lastUpTo(this.#pieces, ({ after }) => after, offset)]
    if (piece === undefined) return 0
    return piece.isInserted ? piece.before : piece.before + offset - piece.after
  }

  #copy(until: number): void {
    if (until > this.#copied) this.#add(this.#original.slice(this.#copied, until), this.#copied, false)
    this.#copied = until
  }

  #add(part: string, before: number, isInserted: boolean): void {
    this.#pieces.push({ after: this.#length, before, isInserted })
    this.#parts.push(part)
    this.#length += part.length
  }
}
