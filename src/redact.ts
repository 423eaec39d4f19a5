const HIDDEN = '[redacted]'

/** What takes secrets out of a text. */
export type Redact = (text: string) => string

/** Shorter ones would be found inside of ordinary words. */
const MIN_KNOWN_LENGTH = 6

/** Each stands for something that no line, reply or record needs, wherever it came from. */
const PATTERNS: readonly (readonly [pattern: RegExp, shown: string])[] = [
  // Ours: whose it is may be known.
  [/\b(ep[tj]_[0-9A-Za-z]{1,12})_[0-9A-Za-z]+/g, `$1_${HIDDEN}`],
  // A signed token: header, claims and signature (RFC 7515, section 3.1).
  [/\beyJ[\w-]{8,2048}\.[\w-]{8,2048}(?:\.[\w-]{0,2048})?/g, HIDDEN],
  // Credentials as in an Authorization header. A digit or an upper-case letter tells them from a sentence.
  [/\b([Bb]asic|[Bb]earer|BASIC|BEARER) +(?=[\w~.+/-]*[A-Z0-9])[\w~.+/-]{6,}=*/g, `$1 ${HIDDEN}`],
  // The user part of a URL.
  [/\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@"'<>\\]+@/gi, `$1${HIDDEN}@`],
  // A signature or a token in a query.
  [
    /([?&][\w.%-]{0,40}(?:sig|token|passw|secret|credential|key|auth)[\w.%-]{0,40}=)[^&\s"'#<>\\]+/gi,
    `$1${HIDDEN}`,
  ],
]

/** Hides what can be known for a secret by how it is written. */
export function redactSecrets(text: string): string {
  let shown = text
  for (const [pattern, instead] of PATTERNS) shown = shown.replace(pattern, instead)
  return shown
}

/**
 * As `redactSecrets`, and hides these too, also where they stand in JSON. Passwords of other people's servers have
 * no shape to be known by.
 */
export function redactorFor(known: Iterable<string>): Redact {
  const written = new Set<string>()
  for (const secret of known) {
    if (secret.length < MIN_KNOWN_LENGTH) continue
    written.add(secret).add(JSON.stringify(secret).slice(1, -1))
  }
  // One may be the beginning of another.
  const longestFirst = [...written].sort((a, b) => b.length - a.length)
  return (text) => {
    let shown = text
    for (const secret of longestFirst) shown = shown.replaceAll(secret, HIDDEN)
    return redactSecrets(shown)
  }
}

/**
 * A URL as messages and logs may show it: origin and path. The query can hold a signature, the user part a
 * password, and a fragment has no business here. What is no URL is not repeated at all.
 */
export function redactUrl(url: URL | string): string {
  if (typeof url !== 'string') return show(url)
  return URL.canParse(url) ? show(new URL(url)) : '(not a URL)'
}

/** Text from other people's servers, with every URL and secret in it redacted and without control characters. */
export function redactText(text: string): string {
  // A longer scheme than any would be looked for from each of its letters again.
  const shown = text.replace(/[a-z][a-z0-9+.-]{0,20}:\/\/[^\s"'<>]+/gi, (url) => redactUrl(url))
  return redactSecrets(shown).replace(/\p{Cc}+/gu, ' ')
}

function show(url: URL): string {
  // `origin` is "null" for schemes other than those of the web.
  return `${url.protocol}//${url.host}${url.pathname}`
}
