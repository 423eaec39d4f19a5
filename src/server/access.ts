import type { Audit } from '../auth/audit.ts'
import { Credentials } from '../auth/credentials.ts'
import type { GroupRules } from '../auth/group-rules.ts'
import { Groups } from '../auth/groups.ts'
import { Login } from '../auth/login.ts'
import { LoginLimit } from '../auth/login-limit.ts'
import { compileNetworks } from '../auth/networks.ts'
import { SigningKeys } from '../auth/signing-keys.ts'
import { Tokens } from '../auth/tokens.ts'
import type { Clock } from '../clock.ts'
import type { Settings } from '../config/settings.ts'
import type { GroupPath } from '../oci/group-path.ts'
import type { Catalog } from '../store/catalog.ts'
import { DoorKeeper } from './door-keeper.ts'
import { JobLedger } from './job-ledger.ts'
import { JobLogins } from './job-logins.ts'
import { JobMirrors } from './job-mirrors.ts'
import { openLoginNames } from './login-names.ts'
import { ReaderAccess } from './reader-access.ts'

/** Who may come in, and as whom. */
export interface Access {
  readonly groups: Groups
  readonly credentials: Credentials
  readonly keys: SigningKeys
  readonly tokens: Tokens
  readonly login: Login
  readonly doorKeeper: DoorKeeper
  readonly jobLogins: JobLogins
  readonly jobMirrors: JobMirrors
  readonly readers: ReaderAccess
  readonly ledger: JobLedger
  /** Whether an address is a proxy's whose X-Forwarded-* are believed. */
  readonly isTrustedProxy: (address: string) => boolean
}

export interface AccessOptions {
  readonly settings: Settings
  readonly catalog: Pick<Catalog, 'credentials' | 'groups' | 'signingKeys' | 'loginKey'>
  readonly clock: Clock
  readonly audit: Audit
}

export async function openAccess(options: AccessOptions): Promise<Access> {
  const { settings, catalog, clock, audit } = options
  const groups = new Groups({ declared: declaredGroups(settings), catalog: catalog.groups, clock })
  const ledger = new JobLedger(clock)
  const credentials = new Credentials(catalog.credentials, clock, (id) => {
    jobLogins.forget(id)
    jobMirrors.end(id)
    ledger.end(id)
  })
  const name = await openLoginNames(catalog.loginKey)
  const endOf = (id: string): number | undefined => credentials.get(id)?.expiresAt
  const jobLogins = new JobLogins({ name, endOf, clock })
  const jobMirrors = new JobMirrors({ endOf, clock })
  const keys = new SigningKeys(catalog.signingKeys, clock)
  await Promise.all([groups.open(), credentials.open(), keys.open()])
  const tokens = new Tokens(keys, clock)
  const login = new Login({ credentials, tokens, limit: new LoginLimit(clock), audit })
  const { trustedProxies, externalUrl } = settings
  const isTrustedProxy = trustedProxies.length === 0 ? () => false : compileNetworks(trustedProxies)
  const doorKeeper = new DoorKeeper({ groups, login, audit, externalUrl, isTrustedProxy })
  const readers = new ReaderAccess({ groups, jobs: jobLogins, name })
  const jobs = { jobLogins, jobMirrors, ledger }
  return { groups, credentials, keys, tokens, login, doorKeeper, ...jobs, readers, isTrustedProxy }
}

function declaredGroups({ groups }: Settings): Map<GroupPath, GroupRules> {
  return new Map(
    [...groups].map(([path, { repositories, anonymousNetworks, upstreams }]) => [
      path as GroupPath,
      { repositories, anonymousNetworks, logins: upstreams },
    ]),
  )
}
