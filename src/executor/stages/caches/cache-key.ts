const ENCODED: readonly (readonly [RegExp, string])[] = [
  [/%2f|\\/gi, '/'],
  [/%2e/gi, '.'],
]

/**
 * A key as GitLab Runner has it: parts between slashes, none of which leads anywhere else.
 * @returns undefined when nothing is left of it
 */
export function sanitizeCacheKey(written: string): string | undefined {
  const decoded = ENCODED.reduce((key, [sign, meant]) => key.replace(sign, meant), written)
  const parts: string[] = []
  for (const part of decoded.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  while (parts.length > 0) {
    const last = parts.pop()?.trimEnd() ?? ''
    if (last === '') continue
    return [...parts, last].join('/')
  }
  return undefined
}
