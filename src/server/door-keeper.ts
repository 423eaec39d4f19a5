import type { IncomingMessage } from 'node:http'
import { type AnonymousDecision, type AnonymousGate, compileAnonymousPolicy } from '../auth/anonymous.ts'
import { OciError } from '../oci/errors.ts'
import type { OciRequest } from '../oci/request.ts'

/** The group of those who come through the mirror door, which names none. */
export const MIRROR_GROUP = 'default'

const NOT_OPEN = 'anonymous pulls are not open to this address'

export interface DoorKeeperOptions {
  /** By group path. */
  readonly groups: ReadonlyMap<string, { readonly anonymousNetworks: readonly string[] | undefined }>
  readonly externalUrl: URL | undefined
}

/** Decides as which group a request is answered. */
export class DoorKeeper {
  readonly #gates: ReadonlyMap<string, AnonymousGate>
  readonly #onThisMachine: AnonymousGate

  constructor({ groups, externalUrl }: DoorKeeperOptions) {
    this.#onThisMachine = compileAnonymousPolicy({ networks: undefined, externalUrl: externalUrl?.href })
    this.#gates = new Map(
      [...groups].map(([name, { anonymousNetworks }]) => [
        name,
        compileAnonymousPolicy({ networks: anonymousNetworks, externalUrl: externalUrl?.href }),
      ]),
    )
  }

  /**
   * @returns the group's path
   * @throws OciError UNAUTHORIZED, for a group that does not exist too: who is nobody learns nothing
   */
  admit(request: IncomingMessage, asked: OciRequest): string {
    if (request.headers.authorization !== undefined) {
      throw new OciError('UNAUTHORIZED', 'these credentials are not valid here')
    }
    const { door } = asked.kind === 'ping' ? asked : asked.target
    if (asked.kind === 'ping' && door.mount === '') return this.#admitToAll(request)
    const group = door.kind === 'group' ? door.group : MIRROR_GROUP
    const decision = this.#ask(group, request)
    if (decision?.allowed === true) return group
    // Why a group keeps its door shut would tell that it exists. The mirror's always does.
    const reason = door.kind === 'mirror' && decision !== undefined ? decision.reason : NOT_OPEN
    throw new OciError(
      'UNAUTHORIZED',
      `credentials are needed for the group ${group}: ${reason} (groups.${group}.anonymous.networks)`,
    )
  }

  /** Whether a client may see how the server does: one on this machine that may pull without credentials. */
  admitsOnlooker(request: IncomingMessage): boolean {
    const { socket, headers } = request
    const peerAddress = socket.remoteAddress ?? ''
    if (headers.authorization !== undefined) return false
    if (!this.#onThisMachine({ peerAddress, headers }).allowed) return false
    return this.#ask(MIRROR_GROUP, request)?.allowed === true
  }

  /** Clients decide at /v2/ whether they log in, and do not say for which door: only when nobody here needs to, they are told that it is open. */
  #admitToAll(request: IncomingMessage): string {
    for (const group of this.#gates.keys()) {
      if (this.#ask(group, request)?.allowed === true) continue
      throw new OciError('UNAUTHORIZED', 'credentials are needed: not every group is open to this address')
    }
    return MIRROR_GROUP
  }

  /** Undefined: there is no such group. */
  #ask(group: string, { socket, headers }: IncomingMessage): AnonymousDecision | undefined {
    return this.#gates.get(group)?.({ peerAddress: socket.remoteAddress ?? '', headers })
  }
}
