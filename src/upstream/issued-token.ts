export interface IssuedToken {
  readonly token: string
  readonly lifetimeMs: number
}

/** Token specification: "If omitted, this defaults to 60 seconds." */
const DEFAULT_LIFETIME_S = 60

/** Reads what a token server answered; undefined for what holds no token. */
export function readIssuedToken(text: string): IssuedToken | undefined {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof document !== 'object' || document === null) return undefined
  const fields = document as Record<string, unknown>
  const token = [fields.token, fields.access_token].find(isToken)
  if (token === undefined) return undefined
  const seconds = Number(fields.expires_in)
  return { token, lifetimeMs: (seconds > 0 ? seconds : DEFAULT_LIFETIME_S) * 1_000 }
}

/** What can stand in an Authorization header. */
function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[!-~]+$/.test(value)
}
