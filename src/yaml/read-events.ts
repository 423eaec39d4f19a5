import { type Event, parseEvents, YAMLException } from 'js-yaml'
import { MAX_DEPTH } from './max-depth.ts'
import { MendedText } from './mended-text.ts'
import type { TextView } from './pieced-text.ts'
import { syntaxMistake } from './syntax-mistake.ts'

/** How many characters are read in all for the sake of what has to be mended: a second's work. */
const MAX_READ = 16 * 1024 * 1024

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
 * Reads a text as libyaml does, which GitLab uses: within brackets and quotes it does not matter how far a line is
 * indented, nor by what. The parser here goes by the specification, so it is given a copy that is.
 */
export function readEvents(original: string): YamlEvents | SyntaxMistake {
  const mended = new MendedText(original)
  let first: SyntaxMistake | undefined
  for (let read = original.length; ; read += mended.view.text.length) {
    const { view } = mended
    const outcome = tryEvents(view.text)
    if (!('reason' in outcome)) return { ...view, events: outcome }
    const offset = view.offsetBefore(outcome.offset)
    const mistake = { offset, message: syntaxMistake(outcome.reason, original, offset) }
    // Of a bracket or a quote that never ends the place to look at is the first.
    first ??= mistake
    if (!outcome.reason.startsWith('deficient indentation')) {
      return outcome.reason.startsWith('unexpected end of the stream') ? first : mistake
    }
    if (!mended.mend(offset, MAX_READ - read)) return first
  }
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
