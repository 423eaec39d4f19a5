/** A target has no `<` in it: without that said, a header of nothing else would take time that grows with its square. */
const LINK = /<([^<>]*)>([^<]*)/g
const IS_NEXT = /;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next\b)/i

/** Where the `Link` header of a list says that it goes on (RFC 8288); undefined: it ends here. */
export function nextLink(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  for (const [, target, parameters = ''] of header.matchAll(LINK)) {
    if (IS_NEXT.test(parameters)) return target
  }
  return undefined
}

/** @param target an address that needs no quoting */
export function formatNextLink(target: string): string {
  return `<${target}>; rel="next"`
}
