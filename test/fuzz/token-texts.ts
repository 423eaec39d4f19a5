import { openAccess } from '../auth/open-access.ts'
import type { FuzzedParser } from './fuzzed-parser.ts'

const HEAD = '{"alg":"ES256","kid":"k","typ":"JWT"}'

type Access = Awaited<ReturnType<typeof openAccess>>

/** Keys and tokens, made when the first text is read. Its catalog is in memory: there is nothing to close. */
class OpenedOnce {
  #opened: Promise<Access> | undefined

  get(): Promise<Access> {
    this.#opened ??= openAccess()
    return this.#opened
  }
}

const access = new OpenedOnce()

/** As a client sends it. */
export const aToken: FuzzedParser = {
  name: 'a token',
  read: async (text) => (await access.get()).tokens.verify(text),
  throws: [],
  words: [
    base64url(HEAD),
    base64url('{"alg":"none"}'),
    base64url('{"alg":"ES256","jwk":{},"crit":["b64"]}'),
    base64url('{"iss":"entrepot","sub":"a","aud":"dependency_proxy"}'),
    '.',
    'eyJ',
    '=',
    'AAAA',
  ],
  floods: ['.', 'eyJ', 'a', `${base64url(HEAD)}.`],
}

/** Whatever they say, the signature is ours: the claims alone decide. */
export const theClaimsOfAToken: FuzzedParser = {
  name: 'the claims of a token',
  read: async (text) => (await access.get()).tokens.verify(await signed(text)),
  throws: [],
  words: [
    '{"iss":"entrepot"',
    ',"sub":"a"',
    ',"sub":{}',
    ',"aud":"dependency_proxy"',
    ',"aud":["dependency_proxy",1]',
    ',"iat":1767225600',
    ',"nbf":1767225600',
    ',"exp":1767226000',
    ',"exp":"x"',
    ',"iat":1e400',
    ',"jti":"j"',
    '}',
    '[',
    'null',
  ],
  floods: ['[', '{"a":', ',"aud":"a"', ' '],
}

async function signed(claims: string): Promise<string> {
  const { id, privateKey } = (await access.get()).keys.current()
  const head = JSON.stringify({ alg: 'ES256', kid: id, typ: 'JWT' })
  const text = `${base64url(head)}.${base64url(claims)}`
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
  const signature = await crypto.subtle.sign(algorithm, privateKey, Buffer.from(text))
  return `${text}.${Buffer.from(signature).toString('base64url')}`
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}
