import { randomBytes } from 'node:crypto'
import type { GroupLogin } from '../auth/group-rules.ts'
import { LOGIN_KEY_BYTES, type NamedLogin, nameLogin } from '../auth/upstream-logins.ts'
import type { LoginKeyCatalog } from '../store/access-catalog.ts'
import { storageTroubleOf } from '../store/storage-error.ts'

export type LoginNames = (upstream: string, login: GroupLogin) => NamedLogin

/** Names logins with the key of this storage; where none can be kept, with one of this process. */
export async function openLoginNames(catalog: LoginKeyCatalog): Promise<LoginNames> {
  const fresh = randomBytes(LOGIN_KEY_BYTES)
  let key: Buffer = fresh
  try {
    key = await catalog.loadOr(fresh)
  } catch (error) {
    // On a disk that is full proofs are not kept either: what was proved is asked again after the next start.
    if (storageTroubleOf(error) === undefined) throw error
  }
  return (upstream, login) => nameLogin(key, upstream, login)
}
