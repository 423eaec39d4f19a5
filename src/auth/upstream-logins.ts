import { createHmac } from 'node:crypto'
import type { GroupLogin } from './group-rules.ts'

/** A login with the name under which what it may read is remembered. */
export interface NamedLogin extends GroupLogin {
  /** `docker.io/acme#<hash>`: never holds the password, and cannot be made up by somebody who does not know it. */
  readonly id: string
}

export const LOGIN_KEY_BYTES = 32
const HASH_LENGTH = 32

/**
 * Names a login at an upstream. Whoever shows up with the user name of somebody else and another password has
 * another name, and with it none of what was proved for the other; the same login brought by the next job has the
 * same one, also after a restart.
 * @param key of this storage, so that passwords cannot be guessed from names that are in a log
 */
export function nameLogin(key: Buffer, upstream: string, { username, password }: GroupLogin): NamedLogin {
  const hash = createHmac('sha256', key)
    .update(JSON.stringify([upstream, username, password]))
    .digest('hex')
  return {
    id: `${upstream}/${encodeURIComponent(username)}#${hash.slice(0, HASH_LENGTH)}`,
    username,
    password,
  }
}
