import type { Audit, AuditActor } from '../auth/audit.ts'
import type { Credential } from '../auth/credential.ts'
import { type Credentials, type IssuedCredential, MAX_JOB_TTL_MS } from '../auth/credentials.ts'
import { AccessError } from '../auth/errors.ts'
import type { Groups } from '../auth/groups.ts'
import { demandMint, type MintRequest } from '../auth/minting.ts'
import { compileGlob } from '../oci/glob.ts'

const DEFAULT_TTL_MS = 3_600_000

export interface JobRequest extends MintRequest {
  /** Absent: an hour. */
  readonly ttlMs: number | undefined
  readonly jobId: string | undefined
}

/** Who asks. Without a credential it is whoever can open control.sock, and may everything. */
export interface JobCaller extends AuditActor {
  readonly credential: Credential | undefined
}

export interface JobCredentialsParts {
  readonly credentials: Credentials
  readonly groups: Groups
  readonly audit: Audit
}

/** Credentials for one job each: who may have them made, and who may end them. */
export class JobCredentials {
  readonly #parts: JobCredentialsParts

  constructor(parts: JobCredentialsParts) {
    this.#parts = parts
  }

  /** @throws AccessError not-permitted, group-unknown, invalid; GlobSyntaxError */
  async mint(request: JobRequest, { credential: mintedBy, ...actor }: JobCaller): Promise<IssuedCredential> {
    const { credentials, groups, audit } = this.#parts
    const { group, jobId, ttlMs = DEFAULT_TTL_MS } = request
    if (ttlMs > MAX_JOB_TTL_MS) throw new AccessError('invalid', 'the credential of a job lasts 7d at most')
    for (const pattern of request.repositories) compileGlob(pattern)
    const repositories = demandMint(mintedBy ?? EVERYTHING, request, (path) => groups.get(path) !== undefined)
    const issued = await credentials.mintJob({ group, repositories, ttlMs, jobId, mintedBy })
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

  /** Somebody else's is not told from one that is not there. */
  #load(id: string, caller: Credential | undefined): Credential {
    const credential = this.#parts.credentials.find(id)
    const isTheirs = caller === undefined || caller.role === 'admin' || credential?.mintedBy === caller.id
    if (credential?.kind === 'job' && isTheirs) return credential
    throw new AccessError('credential-unknown', `there is no job credential ${id.slice(0, 100)}`)
  }
}

const EVERYTHING = { role: 'admin', groups: [], repositories: [] } as const
