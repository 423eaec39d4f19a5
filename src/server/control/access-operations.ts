import type { Audit } from '../../auth/audit.ts'
import type { Credential } from '../../auth/credential.ts'
import { AccessError } from '../../auth/errors.ts'
import type { Clock } from '../../clock.ts'
import { DEFAULT_GROUP } from '../../config/defaults.ts'
import { groupPathMistake } from '../../config/names.ts'
import { parseNetwork } from '../../config/network.ts'
import { parseDuration } from '../../duration.ts'
import { compileGlob } from '../../oci/glob.ts'
import { type GroupPath, parseGroupPath } from '../../oci/group-path.ts'
import type { Access } from '../access.ts'
import type { JobCredentials } from '../job-credentials.ts'
import type {
  GroupBody,
  GroupJson,
  GroupsReply,
  IssuedJobJson,
  IssuedTokenJson,
  JobBody,
  JobsReply,
  KeyReply,
  RevokeReply,
  TokenBody,
  TokensReply,
} from '../schemas/access.ts'
import type { AccessControl } from './access-control.ts'
import { asAccessControlError } from './access-control-error.ts'
import { groupJson, issuedJobJson, issuedTokenJson, listedJobJson, listedTokenJson } from './access-json.ts'

/** Whoever can open control.sock, or the storage itself. */
const ACTOR = { from: 'control' } as const
const CALLER = { ...ACTOR, credential: undefined } as const

export interface AccessOperationsParts {
  readonly access: Pick<Access, 'groups' | 'credentials' | 'keys'>
  readonly jobs: JobCredentials
  readonly audit: Audit
  readonly clock: Clock
}

/** Groups and credentials of a storage that this process has open. */
export class AccessOperations implements AccessControl {
  readonly #parts: AccessOperationsParts

  constructor(parts: AccessOperationsParts) {
    this.#parts = parts
  }

  createToken({ name, role, groups, repositories, ttl }: TokenBody): Promise<IssuedTokenJson> {
    return told(async () => {
      const paths = this.#groupsOf(role, groups)
      for (const pattern of repositories) compileGlob(pattern)
      const expiresAt = ttl === undefined ? undefined : this.#parts.clock.now() + readTtl(ttl)
      const order = { name, role, groups: paths, repositories, expiresAt }
      const issued = await this.#parts.access.credentials.createToken(order)
      this.#note('token.created', issued.credential)
      return issuedTokenJson(issued)
    })
  }

  async listTokens(): Promise<TokensReply> {
    const now = this.#parts.clock.now()
    const tokens = this.#parts.access.credentials.list('token')
    return { tokens: tokens.map((token) => listedTokenJson(token, now)) }
  }

  rotateToken(id: string): Promise<IssuedTokenJson> {
    return told(async () => {
      const { name } = this.#loadToken(id)
      const issued = await this.#parts.access.credentials.rotate(id)
      this.#parts.audit.record(ACTOR, { event: 'token.rotated', subject: id, name })
      return issuedTokenJson(issued)
    })
  }

  revokeToken(id: string): Promise<RevokeReply> {
    return told(async () => {
      const token = this.#loadToken(id)
      const revoked = await this.#parts.access.credentials.revoke(id)
      if (revoked.length > 0) this.#note('token.revoked', token)
      return { revoked: [...revoked] }
    })
  }

  createGroup({ path: written, repositories, anonymousNetworks }: GroupBody): Promise<GroupJson> {
    return told(async () => {
      const path = readGroup(written)
      // What does not compile would be in the catalog, and keep the server from its next start.
      for (const pattern of repositories ?? []) compileGlob(pattern)
      const networks = anonymousNetworks?.map(readNetwork)
      const group = await this.#parts.access.groups.create({
        path,
        repositories,
        anonymousNetworks: networks,
      })
      this.#parts.audit.record(ACTOR, { event: 'group.created', subject: path })
      return groupJson(group)
    })
  }

  async listGroups(): Promise<GroupsReply> {
    return { groups: this.#parts.access.groups.list().map(groupJson) }
  }

  showGroup(path: string): Promise<GroupJson> {
    return told(async () => groupJson(this.#parts.access.groups.load(readGroup(path))))
  }

  removeGroup(written: string): Promise<GroupJson> {
    return told(async () => {
      const path = readGroup(written)
      const group = this.#parts.access.groups.load(path)
      await this.#parts.access.groups.remove(path)
      this.#parts.audit.record(ACTOR, { event: 'group.removed', subject: path })
      return groupJson(group)
    })
  }

  mintJob({ group, ttl, jobId, repositories }: JobBody): Promise<IssuedJobJson> {
    return told(async () => {
      const path = readGroup(group)
      this.#demandGroup(path)
      const ttlMs = ttl === undefined ? undefined : readTtl(ttl)
      return issuedJobJson(await this.#parts.jobs.mint({ group: path, repositories, ttlMs, jobId }, CALLER))
    })
  }

  async listJobs(): Promise<JobsReply> {
    const now = this.#parts.clock.now()
    const jobs = this.#parts.access.credentials.list('job')
    return { jobCredentials: jobs.map((job) => listedJobJson(job, now)) }
  }

  revokeJob(id: string): Promise<RevokeReply> {
    return told(async () => ({ revoked: [...(await this.#parts.jobs.revoke(id, CALLER))] }))
  }

  async rotateKey(): Promise<KeyReply> {
    const { id } = await this.#parts.access.keys.rotate()
    this.#parts.audit.record(ACTOR, { event: 'key.rotated', subject: id })
    return { id }
  }

  #groupsOf(role: Credential['role'], written: readonly string[]): readonly GroupPath[] {
    if (role === 'admin') {
      if (written.length === 0) return []
      throw new AccessError('invalid', 'an admin acts as every group, and is given none')
    }
    const paths = [...new Set((written.length === 0 ? [DEFAULT_GROUP] : written).map(readGroup))]
    for (const path of paths) this.#demandGroup(path)
    return paths
  }

  #demandGroup(path: GroupPath): void {
    if (this.#parts.access.groups.get(path) !== undefined) return
    const message = `there is no group ${path}: make it with \`entrepot group create ${path}\`, or declare groups.${path} in the settings`
    throw new AccessError('invalid', message)
  }

  #loadToken(id: string): Credential {
    const credential = this.#parts.access.credentials.find(id)
    if (credential?.kind === 'token') return credential
    const message = `there is no token ${id.slice(0, 100)}: \`entrepot token list\` shows them`
    throw new AccessError('credential-unknown', message)
  }

  #note(event: 'token.created' | 'token.revoked', token: Credential): void {
    const { id: subject, name, role, groups, expiresAt } = token
    this.#parts.audit.record(ACTOR, { event, subject, name, role, groups, expiresAt })
  }
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw asAccessControlError(error)
  }
}

function readGroup(text: string): GroupPath {
  const mistake = groupPathMistake(text.toLowerCase())
  if (mistake !== undefined) throw new AccessError('invalid', mistake)
  return parseGroupPath(text)
}

function readNetwork(text: string): string {
  const network = parseNetwork(text)
  if (network !== undefined) return network
  throw new AccessError('invalid', `"${text}" is not a network: expected 10.0.0.0/8, 192.0.2.7 or fd00::/8`)
}

function readTtl(text: string): number {
  const ttlMs = parseDuration(text)
  if (ttlMs !== undefined && ttlMs > 0) return ttlMs
  throw new AccessError('invalid', `"${text}" is not a duration: expected 15m, 1h or 90d`)
}
