import { readSecret } from '../../../src/auth/secret.ts'

const OURS = /ep[tj]_[0-9A-Za-z]{12}_[0-9A-Za-z]{36}/g
const SIGNED = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{86}/g
/** By this beginning the passwords of tests can be known. */
const PASSWORD = /s3cret-of-\w+/g
/** What may be one of them in base64, as in an Authorization header. */
const ENCODED = /[A-Za-z0-9+/_-]{20,}={0,2}/g

/**
 * The secrets in a text: those that Entrepot gave out, known by their checksum; its tokens; and the passwords of
 * tests, which all begin with `s3cret-of-`. As they are, or in base64. Each once, cut so that it can be shown.
 */
export function findSecrets(text: string): string[] {
  const decoded = (text.match(ENCODED) ?? []).map((word) => Buffer.from(word, 'base64').toString('latin1'))
  const found = [text, ...decoded].flatMap((part) => [
    ...(part.match(OURS) ?? []).filter((secret) => readSecret(secret) !== undefined),
    ...(part.match(SIGNED) ?? []),
    ...(part.match(PASSWORD) ?? []),
  ])
  return [...new Set(found)].map((secret) => `${secret.slice(0, 17)}…`)
}
