import { parseScopes, type Scope } from '../oci/scope.ts'
import { TOKEN_SERVICE } from './tokens.ts'

/** What a client asks for at /jwt/auth, by GET (distribution, "Token Authentication") or POST (RFC 6749, 4.3). */
export interface TokenRequest {
  readonly scopes: readonly Scope[]
  /** Of a POST; in a GET they are in the Authorization header. */
  readonly login: { readonly username: string; readonly password: string } | undefined
}

export type TokenRequestRead =
  | { readonly request: TokenRequest }
  /** `error` as RFC 6749, section 5.2, has them. */
  | { readonly error: 'unsupported_grant_type' | 'invalid_request'; readonly message: string }

/** Parameters that are looked at may come once; scopes as often as there are. */
export function readTokenQuery(query: URLSearchParams): TokenRequestRead {
  const mistake = mistakeIn(query)
  return mistake ?? { request: { scopes: parseScopes(query.getAll('scope')), login: undefined } }
}

export function readTokenForm(form: URLSearchParams): TokenRequestRead {
  const mistake = mistakeIn(form)
  if (mistake !== undefined) return mistake
  const grant = form.get('grant_type') ?? 'password'
  // Refresh tokens are never given out: whoever has one has it from elsewhere.
  if (grant !== 'password') {
    return {
      error: 'unsupported_grant_type',
      message: `expected grant_type password, not ${grant.slice(0, 40)}`,
    }
  }
  const username = form.get('username')
  const password = form.get('password')
  const login = username !== null && password !== null ? { username, password } : undefined
  return { request: { scopes: parseScopes(form.getAll('scope')), login } }
}

function mistakeIn(parameters: URLSearchParams): TokenRequestRead | undefined {
  const service = parameters.get('service') ?? ''
  if (service === '' || service === TOKEN_SERVICE) return undefined
  return { error: 'invalid_request', message: `there is no service ${service.slice(0, 100)} here` }
}

const GROUP_DOOR = '/dependency_proxy/containers/'

/** Whether all that is asked for, and something is, goes through the mirror door. */
export function asksMirrorOnly(scopes: readonly Scope[]): boolean {
  return (
    scopes.length > 0 && scopes.every(({ type, name }) => type === 'repository' && !name.includes(GROUP_DOOR))
  )
}
