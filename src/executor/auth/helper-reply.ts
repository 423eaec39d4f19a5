import type { RegistryLogin } from './registry-login.ts'

/** The user name that says: the secret is an identity token. */
const TOKEN_USER = '<token>'

/** What a helper program wrote; undefined for what is no JSON object. */
export function readHelperReply(output: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const reply: unknown = JSON.parse(output)
    return typeof reply === 'object' && reply !== null ? { ...reply } : undefined
  } catch {
    // The error's message quotes the reply, and that holds secrets.
    return undefined
  }
}

/** The login in the answer to `get`; undefined where it has none. Helpers differ in how they write the keys. */
export function loginIn(reply: Readonly<Record<string, unknown>>): RegistryLogin | undefined {
  const values = new Map(Object.entries(reply).map(([key, value]) => [key.toLowerCase(), value]))
  const [username, secret] = [values.get('username'), values.get('secret')]
  if (typeof secret !== 'string' || secret === '') return undefined
  if (username === TOKEN_USER) return { kind: 'identity-token', token: secret }
  return { kind: 'password', username: typeof username === 'string' ? username : '', password: secret }
}
