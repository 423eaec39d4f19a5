/**
 * A URL as messages and logs may show it: origin and path. The query can hold a signature, the user part a
 * password, and a fragment has no business here. What is no URL is not repeated at all.
 */
export function redactUrl(url: URL | string): string {
  if (typeof url !== 'string') return show(url)
  return URL.canParse(url) ? show(new URL(url)) : '(not a URL)'
}

/** Text from other people's servers, with every URL in it redacted and without control characters. */
export function redactText(text: string): string {
  return text.replace(/[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/gi, (url) => redactUrl(url)).replace(/\p{Cc}+/gu, ' ')
}

function show(url: URL): string {
  // `origin` is "null" for schemes other than those of the web.
  return `${url.protocol}//${url.host}${url.pathname}`
}
