import { type Event, parseEvents, YAMLException } from 'js-yaml'
import { PiecedText } from './pieced-text.ts'
import { syntaxMistake } from './syntax-mistake.ts'

/** Deeper than any real file; every walk over nodes goes this deep into the stack. */
const MAX_DEPTH = 100

/** Wider than lines are indented. */
const SHIFT = ' '.repeat(256)

/** How many characters are read in all for the sake of lines that have to be moved: a second's work. */
const MAX_READ = 16 * 1024 * 1024

/** Brackets and quotes end with one of these. */
const CLOSING = /[\]}"']/

/** A text as its parser sees it. */
interface TextView {
  readonly text: string
  /** Where something stands in the text that was given. */
  readonly offsetBefore: (offset: number) => number
}

/** With offsets in the text beside them. */
export interface YamlEvents extends TextView {
  /** Of all documents: each opens, holds one node, and closes. */
  readonly events: readonly Event[]
}

export interface SyntaxMistake {
  /** In the text that was given. */
  readonly offset: number
  readonly message: string
}

/**
 * Reads a text as libyaml does, which GitLab uses: how far a line is indented does not matter within brackets and
 * quotes. The parser here goes by the specification, so such lines are moved to the right for it.
 */
export function readEvents(original: string): YamlEvents | SyntaxMistake {
  let view: TextView = { text: original, offsetBefore: (offset) => offset }
  let first: SyntaxMistake | undefined
  const moves = new Map<number, number>()
  for (let read = original.length; ; ) {
    const outcome = tryEvents(view.text)
    if (!('reason' in outcome)) return { ...view, events: outcome }
    const offset = view.offsetBefore(outcome.offset)
    const mistake = { offset, message: syntaxMistake(outcome.reason, original, offset) }
    // Of a bracket or a quote that never ends the place to look at is the first.
    first ??= mistake
    if (!outcome.reason.startsWith('deficient indentation')) {
      return outcome.reason.startsWith('unexpected end of the stream') ? first : mistake
    }
    for (const start of linesToMove(original, offset)) moves.set(start, (moves.get(start) ?? 0) + 1)
    read += original.length + moves.size * SHIFT.length
    if (read > MAX_READ) return first
    view = moveLines(original, moves)
  }
}

/** @param moves how often, by where lines begin */
function moveLines(original: string, moves: ReadonlyMap<number, number>): TextView {
  const pieced = new PiecedText(original)
  for (const [start, times] of [...moves].toSorted(([left], [right]) => left - right)) {
    pieced.insert(SHIFT.repeat(times), start)
  }
  return { text: pieced.finish(), offsetBefore: (offset) => pieced.offsetBefore(offset) }
}

interface Failure {
  readonly reason: string
  readonly offset: number
}

function tryEvents(text: string): readonly Event[] | Failure {
  try {
    // The document counts as a level too.
    return parseEvents(text, { maxDepth: MAX_DEPTH + 1 })
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    return { reason: error.reason, offset: error.mark?.position ?? 0 }
  }
}

/** Where lines begin: the one at hand, and those behind it as long as no bracket or quote can have ended. */
function linesToMove(text: string, offset: number): readonly number[] {
  const starts: number[] = []
  for (let start = text.lastIndexOf('\n', offset - 1) + 1; ; ) {
    starts.push(start)
    const end = text.indexOf('\n', start)
    if (end === -1 || CLOSING.test(text.slice(start, end))) return starts
    start = end + 1
  }
}
