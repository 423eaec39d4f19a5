const DIVIDER = /^---(?=\s|$)/gm
const SPEC = /^["']?spec["']?\s*:/m

export interface SplitFile {
  /** The document that says which inputs there are. */
  readonly header: string
  /** Where the rest begins, the line that divides them included. */
  readonly contentAt: number
}

/**
 * Cuts the header with `spec:` off a pipeline file, as GitLab does it: before anything is read, for what stands behind
 * it need not be YAML before its inputs are filled in.
 * @returns undefined without a header
 */
export function splitHeader(text: string): SplitFile | undefined {
  if (!SPEC.test(text)) return undefined
  for (const { index } of text.matchAll(DIVIDER)) {
    const header = text.slice(0, index)
    if (isBlank(header)) continue
    return SPEC.test(header) ? { header, contentAt: index } : undefined
  }
  return undefined
}

function isBlank(document: string): boolean {
  return document.split('\n').every((line) => /^(?:---)?\s*(?:#.*)?$/.test(line))
}
