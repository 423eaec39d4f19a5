export type HttpUrlReading = { readonly url: URL } | { readonly mistake: string }

/**
 * Reads an http or https URL. The mistake never repeats the text: people do write passwords into URLs.
 * @param options.path whether a path is allowed
 */
export function readHttpUrl(text: string, options: { path: boolean }): HttpUrlReading {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    return { mistake: 'expected a URL that begins with http:// or https://' }
  }
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') {
    return { mistake: 'a URL here holds no username or password' }
  }
  if (url.search !== '' || url.hash !== '' || text.includes('?') || text.includes('#')) {
    return { mistake: 'a URL here has no query and no fragment' }
  }
  if (!options.path && url.pathname !== '/') {
    return { mistake: 'expected no path: clients ask for /v2/ at the root of a host' }
  }
  return { url }
}
