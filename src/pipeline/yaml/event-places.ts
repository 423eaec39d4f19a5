import {
  type AliasEvent,
  EVENT_ID,
  type MappingEvent,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
} from 'js-yaml'
import { startOf } from '../../yaml/start-of.ts'

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
    const behind =
      event.type === EVENT_ID.ALIAS ? event.anchorEnd : Math.max(this.#passed, event.anchorEnd, event.tagEnd)
    const offset = startOf(event) ?? nextToken(this.#text, behind)
    if (event.type !== EVENT_ID.SCALAR) {
      this.#passed = Math.max(behind, offset)
      return offset
    }
    this.#passed = event.valueStart < 0 ? offset + 1 : event.valueEnd
    return isBlock(event) ? blockHeaderStart(this.#text, behind, event.valueStart) : offset
  }
}

function isBlock({ style }: ScalarEvent): boolean {
  return style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK
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
