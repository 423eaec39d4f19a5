import { Credentials } from '../../src/auth/credentials.ts'
import { SigningKeys } from '../../src/auth/signing-keys.ts'
import { Tokens } from '../../src/auth/tokens.ts'
import { SqliteCatalog } from '../../src/store/sqlite/sqlite-catalog.ts'
import { FakeClock } from '../support/fake-clock.ts'

/** Credentials, keys and tokens over a catalog in memory. `again` opens them anew over what the catalog kept. */
export async function openAccess() {
  const catalog = new SqliteCatalog(':memory:')
  const clock = new FakeClock()
  const again = async () => {
    const ended: string[] = []
    const credentials = new Credentials(catalog.credentials, clock, (id) => ended.push(id))
    const keys = new SigningKeys(catalog.signingKeys, clock)
    await credentials.open()
    await keys.open()
    return { credentials, keys, tokens: new Tokens(keys, clock), ended }
  }
  const opened = await again()
  return { ...opened, catalog, clock, again, [Symbol.asyncDispose]: () => catalog.close() }
}
