import type { IncomingMessage } from 'node:http'
import { type AnonymousDecision, type AnonymousGate, compileAnonymousPolicy } from '../auth/anonymous.ts'
import type { Audit } from '../auth/audit.ts'
import type { Credential } from '../auth/credential.ts'
import { decideGroup, decideMirrorGroup, type GroupDecision } from '../auth/grant.ts'
import type { Group, Groups } from '../auth/groups.ts'
import type { Login, NotLoggedIn, Owner, Principal } from '../auth/login.ts'
import { OciError } from '../oci/errors.ts'
import type { GroupPath } from '../oci/group-path.ts'
import type { Door, OciRequest } from '../oci/request.ts'
import { originOf } from './client-address.ts'
import { requestLine } from './request-line.ts'

/** The group of those who come through the mirror door without credentials; the path names none. */
export const MIRROR_GROUP = 'default' as GroupPath

/** A valid credential is all that is asked for at /v2/. */
const OPEN: GroupDecision = { granted: true, group: MIRROR_GROUP }

const NOT_OPEN = 'anonymous pulls are not open to this address'

/** As whom a request is answered. */
export interface Admission {
  readonly group: Group
  /** Absent: anonymously. */
  readonly credential: Credential | undefined
}

export interface Denial {
  readonly reason: string
  readonly credential: Credential | undefined
  readonly group?: Group
}

export interface DoorKeeperParts {
  readonly groups: Groups
  readonly login: Login
  readonly audit: Audit
  readonly externalUrl: URL | undefined
  /** Whether an address is a proxy's whose X-Forwarded-* are believed. */
  readonly isTrustedProxy: (address: string) => boolean
  /** Nobody comes in without credentials, whatever the groups say. Default: as the groups say. */
  readonly demandsCredentials?: boolean
  /** Everybody is this one, whatever they show. Undefined once it is not valid any more. */
  readonly standsFor?: () => Credential | undefined
}

const CLOSED: AnonymousDecision = {
  allowed: false,
  reason: 'the address that was asked is for jobs, and demands credentials',
}

/** Decides as which group, and as whom, a request is answered. */
export class DoorKeeper {
  readonly #parts: DoorKeeperParts
  readonly #onThisMachine: AnonymousGate
  /** Groups are replaced when they change, so that a gate is never older than its group. */
  readonly #gates = new WeakMap<Group, AnonymousGate>()

  constructor(parts: DoorKeeperParts) {
    this.#parts = parts
    this.#onThisMachine = compileAnonymousPolicy({
      networks: undefined,
      externalUrl: parts.externalUrl?.href,
    })
  }

  /** For an address where credentials are always demanded. */
  withoutAnonymous(): DoorKeeper {
    return new DoorKeeper({ ...this.#parts, demandsCredentials: true })
  }

  /** For an address where everybody who can be there is one job, and pulls as it. */
  standingFor(job: () => Credential | undefined): DoorKeeper {
    return new DoorKeeper({ ...this.#parts, demandsCredentials: true, standsFor: job })
  }

  /**
   * From memory alone: for those without credentials, and for tokens that were verified before. Undefined: `admit`
   * can tell.
   * @throws OciError as `admit`
   */
  peek(request: IncomingMessage, asked: OciRequest): Admission | undefined {
    const { standsFor } = this.#parts
    if (standsFor !== undefined) return this.#enter(request, asked, demandValid(standsFor()))
    const { authorization } = request.headers
    if (authorization === undefined) return this.#enter(request, asked, undefined)
    if (hasSeveral(request, 'authorization')) return undefined
    const principal = this.#parts.login.peek(authorization)
    return principal && this.#enter(request, asked, principal.credential)
  }

  /**
   * @throws OciError UNAUTHORIZED for those who are nobody, whatever is there; NAME_UNKNOWN for a group that is not
   * theirs, whether it exists or not; TOOMANYREQUESTS after many failed logins
   */
  async admit(request: IncomingMessage, asked: OciRequest): Promise<Admission> {
    const { credential } = await this.identify(request)
    return this.#enter(request, asked, credential)
  }

  /**
   * Who sent a request.
   * @throws OciError UNAUTHORIZED, TOOMANYREQUESTS
   */
  async identify(request: IncomingMessage): Promise<Principal> {
    const shown = await this.examine(request)
    if ('refused' in shown) throw this.refuse(request, shown)
    return shown
  }

  /** As `identify`, and takes no note of a failure. */
  async examine(request: IncomingMessage): Promise<Principal | NotLoggedIn> {
    const { authorization } = request.headers
    if (authorization === undefined) return { credential: undefined }
    if (hasSeveral(request, 'authorization')) return { refused: 'malformed', claimed: undefined }
    return this.#parts.login.identify(authorization)
  }

  /**
   * Who shows the secret of a credential, as those have to who ask for more than a pull.
   * @throws OciError UNAUTHORIZED, TOOMANYREQUESTS
   */
  identifyOwner(request: IncomingMessage): Credential {
    const { authorization } = request.headers
    if (authorization === undefined)
      throw new OciError('UNAUTHORIZED', 'credentials are needed: the secret of a token')
    const shown: Owner | NotLoggedIn = hasSeveral(request, 'authorization')
      ? { refused: 'malformed', claimed: undefined }
      : this.#parts.login.identifyOwner(authorization)
    if ('refused' in shown) throw this.refuse(request, shown)
    return shown.credential
  }

  /** Takes note of a failed login. @returns what the client is told: the same whatever was wrong */
  refuse(request: IncomingMessage, shown: NotLoggedIn): OciError {
    const retryAfterMs = this.#parts.login.fail(this.addressOf(request), shown)
    if (retryAfterMs === undefined)
      return new OciError('UNAUTHORIZED', 'these credentials are not valid here')
    const message = 'too many logins with credentials that are not valid here: try again later'
    return new OciError('TOOMANYREQUESTS', message, { retryAfterMs })
  }

  /** Whether an address may pull something without credentials: through the mirror door, or as any group. */
  admitsAnonymously(request: IncomingMessage, door: 'mirror' | 'any'): boolean {
    const { groups } = this.#parts
    const mirror = groups.get(MIRROR_GROUP)
    if (door === 'mirror') return mirror !== undefined && this.#ask(mirror, request).allowed
    return groups.list().some((group) => this.#ask(group, request).allowed)
  }

  /** Whether a client may see how the server does: one on this machine that may pull without credentials. */
  admitsOnlooker(request: IncomingMessage): boolean {
    if (request.headers.authorization !== undefined) return false
    return this.#onThisMachine(viewOf(request)).allowed && this.admitsAnonymously(request, 'mirror')
  }

  /** Takes note that somebody asked for what is not theirs. `group` as which they were let in, if they were. */
  noteDenied(request: IncomingMessage, { reason, credential, group }: Denial): void {
    const actor = { from: this.addressOf(request), credentialId: credential?.id }
    const event = { event: 'pull.denied', reason, request: requestLine(request), group: group?.path } as const
    this.#parts.audit.record(actor, event)
  }

  /** Of the client: what a trusted proxy says it is. */
  addressOf(request: IncomingMessage): string {
    return originOf(request, this.#parts.isTrustedProxy).address
  }

  #enter(request: IncomingMessage, asked: OciRequest, credential: Credential | undefined): Admission {
    const { door } = asked.kind === 'ping' ? asked : asked.target
    // At /v2/ clients find out whether they have to log in, and do not say for which door.
    const isFirst = asked.kind === 'ping' && door.mount === ''
    if (credential === undefined) {
      return { group: isFirst ? this.#admitToAll(request) : this.#admitNobody(request, door), credential }
    }
    const decision = isFirst ? OPEN : this.#decide(credential, door)
    const group = decision.granted ? this.#parts.groups.get(decision.group) : undefined
    if (group !== undefined) return { group, credential }
    const reason =
      door.kind === 'group'
        ? `there is no group ${door.group}, or these credentials have no part in it`
        : 'the groups of these credentials are not there any more'
    this.noteDenied(request, { reason, credential })
    throw new OciError('NAME_UNKNOWN', reason)
  }

  #decide(credential: Credential, door: Door): GroupDecision {
    const exists = (path: GroupPath): boolean => this.#parts.groups.get(path) !== undefined
    if (door.kind === 'mirror') return decideMirrorGroup(credential, MIRROR_GROUP, exists)
    return decideGroup(credential, door.group, exists)
  }

  #admitNobody(request: IncomingMessage, door: Door): Group {
    const path = door.kind === 'group' ? door.group : MIRROR_GROUP
    const group = this.#parts.groups.get(path)
    const decision = group && this.#ask(group, request)
    if (group !== undefined && decision?.allowed === true) return group
    // Why a group keeps its door shut would tell that it exists. The mirror's always does.
    const reason = door.kind === 'mirror' && decision?.allowed === false ? decision.reason : NOT_OPEN
    throw new OciError(
      'UNAUTHORIZED',
      `credentials are needed for the group ${path}: ${reason} (groups.${path}.anonymous.networks)`,
    )
  }

  /** Only when nobody here needs to log in, clients are told that it is open. */
  #admitToAll(request: IncomingMessage): Group {
    const groups = this.#parts.groups.list()
    const mirror = this.#parts.groups.get(MIRROR_GROUP)
    if (mirror !== undefined && groups.every((group) => this.#ask(group, request).allowed)) return mirror
    throw new OciError('UNAUTHORIZED', 'credentials are needed: not every group is open to this address')
  }

  #ask(group: Group, request: IncomingMessage): AnonymousDecision {
    if (this.#parts.demandsCredentials === true) return CLOSED
    return this.#gateOf(group)(this.#anonymousView(request, group))
  }

  /** Networks are compared with the client's address; "this machine" is proven by the connection itself. */
  #anonymousView(request: IncomingMessage, { rules }: Group): Parameters<AnonymousGate>[0] {
    if (rules.anonymousNetworks === undefined) return viewOf(request)
    return { peerAddress: this.addressOf(request), headers: request.headers }
  }

  #gateOf(group: Group): AnonymousGate {
    let gate = this.#gates.get(group)
    if (gate === undefined) {
      const { externalUrl } = this.#parts
      const networks = group.rules.anonymousNetworks
      gate = compileAnonymousPolicy({ networks, externalUrl: externalUrl?.href })
      this.#gates.set(group, gate)
    }
    return gate
  }
}

function demandValid(credential: Credential | undefined): Credential {
  if (credential !== undefined) return credential
  throw new OciError('UNAUTHORIZED', 'the job that this address was for is over')
}

function viewOf({ socket, headers }: IncomingMessage): Parameters<AnonymousGate>[0] {
  return { peerAddress: socket.remoteAddress ?? '', headers }
}

/** Node keeps the first of several: whoever reads another one would decide about somebody else. */
function hasSeveral({ rawHeaders }: IncomingMessage, name: string): boolean {
  let count = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const each = rawHeaders[at]
    if (each?.length === name.length && each.toLowerCase() === name) count += 1
  }
  return count > 1
}
