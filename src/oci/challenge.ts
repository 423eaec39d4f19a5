/** One way a server offers to authenticate (RFC 9110, section 11.6.1). */
export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  readonly scheme: string
  /** Names in lower case, values unquoted. Of a repeated name the first value counts. */
  readonly parameters: ReadonlyMap<string, string>
}

export interface BearerChallenge {
  readonly realm: string
  readonly service: string
  readonly scope?: string | undefined
  /** `invalid_token` or `insufficient_scope` (RFC 6750, section 3.1). */
  readonly error?: string | undefined
}

/**
 * Reads WWW-Authenticate, one header or several. Never throws and reads every character a fixed number of
 * times: what cannot be understood is skipped, since it comes from other people's servers. A token68 is
 * skipped too: no scheme that we speak sends one in a challenge.
 */
export function parseChallenges(headerValue: string | readonly string[]): Challenge[] {
  const values = typeof headerValue === 'string' ? [headerValue] : headerValue
  return values.flatMap(parseHeader)
}

/** The value of WWW-Authenticate for a Bearer challenge. */
export function formatBearerChallenge(challenge: BearerChallenge): string {
  const { realm, service, scope, error } = challenge
  const parameters = [`realm=${quote(realm)}`, `service=${quote(service)}`]
  if (scope !== undefined) parameters.push(`scope=${quote(scope)}`)
  if (error !== undefined) parameters.push(`error=${quote(error)}`)
  return `Bearer ${parameters.join(',')}`
}

/** A realm can be made of the request's Host: what may not stand in a header is left out. */
function quote(text: string): string {
  return `"${text.replace(/[^ -~]/g, '').replace(/["\\]/g, '\\$&')}"`
}

const SEPARATORS = /[\s,]*/y
const SPACES = /[ \t]*/y
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y
/** Must end the challenge, else it is the first parameter or the next scheme. */
const TOKEN_68 = /[ \t]+[A-Za-z0-9._~+/-]+=*[ \t]*(?:,|$)/y
/** Its group is what stands between the quotes. An unclosed one runs to the end. */
const QUOTED = /"([^"\\]*(?:\\[\s\S][^"\\]*)*)"?/y
const UNQUOTED = /[^\s,]*/y

function parseHeader(header: string): Challenge[] {
  const challenges: Challenge[] = []
  let parameters: Map<string, string> | undefined
  let at = 0

  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at
    const found = pattern.exec(header)
    at += found?.[0].length ?? 0
    return found?.[1] ?? found?.[0] ?? ''
  }

  for (take(SEPARATORS); at < header.length; take(SEPARATORS)) {
    const token = take(TOKEN)
    const end = at
    take(SPACES)
    if (header[at] === '=') {
      at++
      take(SPACES)
      const value = header[at] === '"' ? withoutEscapes(take(QUOTED)) : take(UNQUOTED)
      const name = token.toLowerCase()
      if (name !== '' && parameters?.has(name) === false) parameters.set(name, value)
    } else if (token !== '') {
      at = end
      parameters = new Map()
      challenges.push({ scheme: token.toLowerCase(), parameters })
      take(TOKEN_68)
    } else if (header[at] === '"') {
      take(QUOTED)
    } else {
      at++
    }
  }
  return challenges
}

function withoutEscapes(text: string): string {
  return text.replace(/\\([\s\S])/g, '$1')
}
