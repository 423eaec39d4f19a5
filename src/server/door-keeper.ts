import type { IncomingMessage } from 'node:http'
import { type AnonymousGate, compileAnonymousPolicy } from '../auth/anonymous.ts'
import { OciError } from '../oci/errors.ts'
import type { OciRequest } from '../oci/request.ts'

/** The group of those who come through the mirror door, which names none. */
export const MIRROR_GROUP = 'default'

export interface DoorKeeperOptions {
  /** By group path. */
  readonly groups: ReadonlyMap<string, { readonly anonymousNetworks: readonly string[] | undefined }>
  readonly externalUrl: URL | undefined
}

/** Decides as which group a request is answered. */
export class DoorKeeper {
  readonly #gates: ReadonlyMap<string, AnonymousGate>

  constructor({ groups, externalUrl }: DoorKeeperOptions) {
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
    if (asked.kind === 'ping') return this.#admitToAll(request)
    const { door } = asked.target
    const group = door.kind === 'group' ? door.group : MIRROR_GROUP
    const gate = this.#gates.get(group)
    if (gate === undefined) throw refusal(group, 'anonymous pulls are not open to this address')
    this.#pass(request, group, gate)
    return group
  }

  /** Clients decide at /v2/ whether they log in: only when nobody here needs to, they are told that it is open. */
  #admitToAll(request: IncomingMessage): string {
    for (const [group, gate] of this.#gates) this.#pass(request, group, gate)
    return MIRROR_GROUP
  }

  #pass(request: IncomingMessage, group: string, gate: AnonymousGate): void {
    const decision = gate({
      peerAddress: request.socket.remoteAddress ?? '',
      headers: request.headers,
    })
    if (!decision.allowed) throw refusal(group, decision.reason)
  }
}

function refusal(group: string, reason: string): OciError {
  return new OciError(
    'UNAUTHORIZED',
    `credentials are needed for the group ${group}: ${reason} (groups.${group}.anonymous.networks)`,
  )
}
