import type { GroupLogin } from '../auth/group-rules.ts'

/** Logins at upstreams that jobs brought along. In memory alone, for as long as the job's credential is valid. */
export interface LoginVault {
  /**
   * Keeps a job's logins. To be called before anybody knows its secret. They are forgotten when its credential
   * ends, is revoked or is pruned, and with the process.
   * @param logins by the name of the upstream in the settings
   */
  keep(credentialId: string, logins: ReadonlyMap<string, GroupLogin>): void
}
