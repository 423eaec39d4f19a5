const REFERENCE = /\$(?:\$|\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g

/**
 * Puts in values for `$NAME` and `${NAME}`; `$$` is a dollar. One pass: what a value refers to is left as it is.
 * @param lookUp undefined for what is not known: nothing is put in
 */
export function expand(text: string, lookUp: (name: string) => string | undefined): string {
  return text.replace(REFERENCE, (whole, braced: string | undefined, bare: string | undefined) => {
    if (whole === '$$') return '$'
    return lookUp(braced ?? bare ?? '') ?? ''
  })
}
