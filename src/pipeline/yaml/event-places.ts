import {
  type AliasEvent,
  EVENT_ID,
  type MappingEvent,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
} from 'js-yaml'

export type NodeEvent = ScalarEvent | SequenceEvent | MappingEvent | AliasEvent

const SPACE = /(?:\s+|#[^\n]*)*/y
const BLOCK_HEADER = /[|>][-+\d]*[ \t]*(?:#[^\n]*)?\r?$/

/** Where values begin. Events are asked about in their order: of an empty one, or a block, they do not tell it. */
export class EventPlaces {
  readonly #text: string
  /** The offset up to which values are known. */
  #passed = 0

  constructor(text: string) {
    this.#text = text
  }

  /** The offset of a value, behind its anchor and tag. */
  startOf(event: NodeEvent): number {
    if (event.type === EVENT_ID.ALIAS) {
      this.#passed = event.anchorEnd
      return event.anchorStart - 1
    }
    if (event.type !== EVENT_ID.SCALAR) {
      this.#passed = Math.max(event.start, event.anchorEnd, event.tagEnd)
      return event.start
    }
    const from = Math.max(this.#passed, event.anchorEnd, event.tagEnd)
    if (event.valueStart < 0) {
      const offset = nextToken(this.#text, from)
      this.#passed = offset + 1
      return offset
    }
    this.#passed = event.valueEnd
    if (event.style === SCALAR_STYLE.PLAIN) return event.valueStart
    if (event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED) {
      return event.valueStart - 1
    }
    return blockHeaderStart(this.#text, from, event.valueStart)
  }
}

/** Where the next thing stands, behind spaces, line breaks and comments. */
function nextToken(text: string, from: number): number {
  SPACE.lastIndex = from
  SPACE.test(text)
  return SPACE.lastIndex
}

/**
 * Where the `|` or `>` of a block stands, of which a parser tells only the lines below.
 * @param from the end of what stands before the block
 * @param linesStart where its first line begins
 */
function blockHeaderStart(text: string, from: number, linesStart: number): number {
  const end = text[linesStart - 1] === '\n' ? linesStart - 1 : linesStart
  const start = Math.max(from, text.lastIndexOf('\n', end - 1) + 1)
  const found = BLOCK_HEADER.exec(text.slice(start, end))
  return start + (found?.index ?? 0)
}
