import type { Audit, AuditActor } from '../auth/audit.ts'
import type { Credential } from '../auth/credential.ts'
import { type Credentials, type IssuedCredential, MAX_JOB_TTL_MS } from '../auth/credentials.ts'
import { AccessError } from '../auth/errors.ts'
import type { GroupLogin } from '../auth/group-rules.ts'
import type { Groups } from '../auth/groups.ts'
import { demandMint, type MintRequest } from '../auth/minting.ts'
import { compileGlob } from '../oci/glob.ts'
import type { LoginVault } from './login-vault.ts'
import type { PullLedger, PullRecord } from './pull-ledger.ts'

const DEFAULT_TTL_MS = 3_600_000

export interface JobRequest extends MintRequest {
  /** Absent: an hour. */
  readonly ttlMs: number | undefined
  readonly jobId: string | undefined
  /** The job's own logins, by registry as Docker's config.json has them: `docker.io`, `https://ghcr.io/v2/`. */
  readonly logins?: ReadonlyMap<string, GroupLogin>
}

/** Who asks. Without a credential it is whoever can open control.sock, and may everything. */
export interface JobCaller extends AuditActor {
  readonly credential: Credential | undefined
}

export interface JobCredentialsParts {
  readonly credentials: Credentials
  readonly groups: Groups
  readonly audit: Audit
  readonly vault: LoginVault
  readonly ledger: PullLedger
  /** Name of the upstream that is meant; undefined when none is. */
  readonly upstreamOf: (registry: string) => string | undefined
}

/** Credentials for one job each: who may have them made, and who may end them. */
export class JobCredentials {
  readonly #parts: JobCredentialsParts

  constructor(parts: JobCredentialsParts) {
    this.#parts = parts
  }

  /** @throws AccessError not-permitted, group-unknown, invalid; GlobSyntaxError */
  async mint(request: JobRequest, { credential: mintedBy, ...actor }: JobCaller): Promise<IssuedCredential> {
    const { credentials, groups, audit, vault } = this.#parts
    const { group, jobId, ttlMs = DEFAULT_TTL_MS } = request
    if (ttlMs > MAX_JOB_TTL_MS) throw new AccessError('invalid', 'the credential of a job lasts 7d at most')
    for (const pattern of request.repositories) compileGlob(pattern)
    const repositories = demandMint(mintedBy ?? EVERYTHING, request, (path) => groups.get(path) !== undefined)
    const logins = this.#byUpstream(request.logins ?? NO_LOGINS)
    const issued = await credentials.mintJob({ group, repositories, ttlMs, jobId, mintedBy })
    vault.keep(issued.credential.id, logins)
    const { id: subject, name, groups: granted, expiresAt } = issued.credential
    audit.record(actor, { event: 'job_credential.minted', subject, name, groups: granted, expiresAt })
    return issued
  }

  /**
   * Once more changes nothing.
   * @returns the ids that were valid until now
   * @throws AccessError credential-unknown
   */
  async revoke(id: string, { credential: caller, ...actor }: JobCaller): Promise<readonly string[]> {
    const { name } = this.#load(id, caller)
    const revoked = await this.#parts.credentials.revoke(id)
    if (revoked.length > 0)
      this.#parts.audit.record(actor, { event: 'job_credential.revoked', subject: id, name })
    return revoked
  }

  /**
   * What was pulled with it, for those who may end it.
   * @throws AccessError credential-unknown
   */
  pulls(id: string, { credential: caller }: JobCaller): readonly PullRecord[] {
    this.#load(id, caller)
    return this.#parts.ledger.list(id) ?? []
  }

  #byUpstream(logins: ReadonlyMap<string, GroupLogin>): Map<string, GroupLogin> {
    return new Map(
      [...logins].map(([registry, login]) => {
        const host = registry.replace(/^https?:\/\//i, '').replace(/\/.*$/, '')
        const upstream = this.#parts.upstreamOf(host)
        if (upstream !== undefined) return [upstream, login]
        throw new AccessError(
          'invalid',
          `${host} is not a registry that is cached here: pull from it directly`,
        )
      }),
    )
  }

  /** Somebody else's is not told from one that is not there. */
  #load(id: string, caller: Credential | undefined): Credential {
    const credential = this.#parts.credentials.find(id)
    const isTheirs = caller === undefined || caller.role === 'admin' || credential?.mintedBy === caller.id
    if (credential?.kind === 'job' && isTheirs) return credential
    throw new AccessError('credential-unknown', `there is no job credential ${id.slice(0, 100)}`)
  }
}

const NO_LOGINS: ReadonlyMap<string, GroupLogin> = new Map()
const EVERYTHING = { role: 'admin', groups: [], repositories: [] } as const
