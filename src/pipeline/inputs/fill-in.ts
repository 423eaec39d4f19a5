import { didYouMean } from '../../suggest.ts'
import { PiecedText, type TextView } from '../../yaml/pieced-text.ts'
import { INPUT_FUNCTIONS } from './input-functions.ts'
import type { InputValue } from './input-value.ts'

export interface FillInOrder {
  readonly inputs: ReadonlyMap<string, InputValue>
  /** Puts variables into a text. */
  readonly expand: (text: string) => string
  /** @param offset in the text that is filled in */
  readonly refuse: (offset: number, message: string) => void
  /** Of what comes of it, in characters. */
  readonly maxLength: number
}

const BLOCK = /\$\[\[([^\n]*?)\]\]/g

/** GitLab's limit. */
const MAX_FUNCTIONS = 3

/** Fills the inputs into a text, `$[[ inputs.name | truncate(0,8) ]]`, whatever else the text is. */
export function fillIn(text: string, order: FillInOrder): TextView {
  const filled = new PiecedText(text)
  for (const { 0: block, 1: inner = '', index } of text.matchAll(BLOCK)) {
    const value = evaluate(block, inner, { ...order, refuse: (_, message) => order.refuse(index, message) })
    if (value === undefined) continue
    if (filled.length + value.length > order.maxLength) {
      order.refuse(
        index,
        `the file has more than ${order.maxLength} characters when its inputs are filled in`,
      )
      break
    }
    filled.insert(value, index, index + block.length)
  }
  return filled.finish()
}

function evaluate(block: string, inner: string, order: FillInOrder): string | undefined {
  const [access = '', ...functions] = inner.split('|').map((part) => part.trim())
  const [context, name = ''] = access.split(/\.(.*)/s)
  // Those are filled in when a matrix is.
  if (context === 'matrix') return undefined
  const refuse = (message: string): undefined => {
    order.refuse(0, `${block} ${message}`)
  }
  if (context !== 'inputs') return refuse('is not known: it begins with inputs.')
  const input = order.inputs.get(name)
  if (input === undefined) {
    return refuse(`asks for an input that is not in the spec${didYouMean(name, order.inputs.keys())}`)
  }
  if (functions.length > MAX_FUNCTIONS) return refuse(`has more than ${MAX_FUNCTIONS} functions`)
  let { text } = input
  for (const written of functions) {
    const known = INPUT_FUNCTIONS.find(({ form }) => form.test(written))
    if (known === undefined) return refuse(`has a function that is not known: ${written}`)
    if (input.type !== 'string')
      return refuse(`takes functions for strings only, and it is of type ${input.type}`)
    text = known.apply(text, known.form.exec(written)?.slice(1) ?? [], order.expand)
  }
  return text
}
