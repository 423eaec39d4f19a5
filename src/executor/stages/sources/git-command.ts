import { quote } from '../../script/quote.ts'

/** A line that runs git. */
export function git(...args: readonly string[]): string {
  return ['git', ...args.map(quote)].join(' ')
}
