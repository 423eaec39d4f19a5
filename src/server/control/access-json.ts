import { type Credential, stateOf } from '../../auth/credential.ts'
import type { IssuedCredential } from '../../auth/credentials.ts'
import type { Group } from '../../auth/groups.ts'
import type { GroupJson, IssuedJobJson, IssuedTokenJson, JobsReply, TokensReply } from '../schemas/access.ts'

export function issuedTokenJson({ credential, secret }: IssuedCredential): IssuedTokenJson {
  const { id, name, role, groups, expiresAt } = credential
  return { id, name, role, groups: [...groups], expiresAt: isoTimeOrNull(expiresAt), secret }
}

export function issuedJobJson({ credential, secret }: IssuedCredential): IssuedJobJson {
  const { id, groups, expiresAt = 0 } = credential
  return { id, group: groups[0] ?? '', expiresAt: isoTime(expiresAt), secret }
}

export function listedTokenJson(token: Credential, now: number): TokensReply['tokens'][number] {
  const { name, role, groups } = token
  return { ...listedJson(token, now), name, role, groups: [...groups] }
}

export function listedJobJson(job: Credential, now: number): JobsReply['jobCredentials'][number] {
  const { name, groups, mintedBy = null } = job
  return { ...listedJson(job, now), jobId: name === '' ? null : name, group: groups[0] ?? '', mintedBy }
}

export function groupJson({ path, origin, rules }: Group): GroupJson {
  return {
    path,
    origin,
    repositories: rules.repositories === undefined ? null : [...rules.repositories],
    anonymousNetworks: rules.anonymousNetworks === undefined ? null : [...rules.anonymousNetworks],
    upstreams: [...rules.logins].map(([name, { username }]) => ({ name, username })),
  }
}

function listedJson(credential: Credential, now: number) {
  const { id, repositories, createdAt, expiresAt, revokedAt } = credential
  return {
    id,
    repositories: [...repositories],
    createdAt: isoTime(createdAt),
    expiresAt: isoTimeOrNull(expiresAt),
    revokedAt: isoTimeOrNull(revokedAt),
    state: stateOf(credential, now),
  }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}

function isoTimeOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : isoTime(ms)
}
