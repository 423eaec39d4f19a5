import type { IncomingMessage } from 'node:http'
import { TOKEN_SERVICE } from '../../auth/tokens.ts'
import { originOf } from '../client-address.ts'

export const TOKEN_PATH = '/jwt/auth'

/** For clients that do not say under which name they reach us, and so cannot be told where to go. */
const BASIC = 'Basic realm="entrepot", charset="UTF-8"'

/**
 * Where clients that got 401 find tokens: what GitLab's Dependency Proxy answers, word for word but the host
 * (distribution, "Token Authentication").
 */
export function challengeFor(request: IncomingMessage, rules: ChallengeRules): string {
  const base = clientUrlOf(request, rules)?.origin
  if (base === undefined) return BASIC
  const challenge = `Bearer realm="${base}${TOKEN_PATH}",service="${TOKEN_SERVICE}"`
  // Clients with a token then know that it is the token, and get another one (RFC 6750, section 3.1).
  const hadToken = /^bearer /i.test(request.headers.authorization ?? '')
  return hadToken ? `${challenge},error="invalid_token"` : challenge
}

export interface ChallengeRules {
  readonly externalUrl: URL | undefined
  readonly isTrustedProxy: (address: string) => boolean
}

/** Where the sender of a request reaches us. Undefined when neither the settings nor the request say so. */
export function clientUrlOf(
  request: IncomingMessage,
  { externalUrl, isTrustedProxy }: ChallengeRules,
): URL | undefined {
  if (externalUrl !== undefined) return externalUrl
  const { host, isSecure } = originOf(request, isTrustedProxy)
  const url = `${isSecure ? 'https' : 'http'}://${host}`
  return host !== undefined && URL.canParse(url) ? new URL(url) : undefined
}
