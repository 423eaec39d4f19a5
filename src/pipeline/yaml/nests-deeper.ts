import type { CST } from 'yaml'

/** Whether values of a file that is not composed yet are in one another more than so many levels deep. */
export function nestsDeeper(tokens: readonly CST.Token[], levels: number): boolean {
  const pending: { readonly token: CST.Token; readonly level: number }[] = []
  const add = (token: CST.Token | null | undefined, level: number): void => {
    if (token) pending.push({ token, level })
  }
  for (const token of tokens) add(token, 0)
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { token, level } = next
    if (level > levels) return true
    if (token.type === 'document') add(token.value, level)
    else if ('items' in token) {
      for (const { key, value } of token.items) {
        add(key, level + 1)
        add(value, level + 1)
      }
    }
  }
  return false
}
