import * as z from 'zod'
import type { CoordinatorCall, CoordinatorConnection, CoordinatorReply } from './coordinator-connection.ts'
import { CoordinatorError } from './coordinator-error.ts'
import { type RunnerIdentity, runnerInfo } from './runner-identity.ts'

/** What a registration token's owner says of the new runner. Absent: as the server has it. */
export interface RegistrationOrder {
  readonly registrationToken: string
  readonly description?: string
  readonly maintenanceNote?: string
  readonly tags?: readonly string[]
  readonly runsUntagged?: boolean
  readonly isLocked?: boolean
  readonly accessLevel?: 'not_protected' | 'ref_protected'
  readonly maximumTimeoutMs?: number
  readonly isPaused?: boolean
}

export interface RegisteredRunner {
  readonly id: number | undefined
  /** Secret. */
  readonly token: string
  /** Absent: it does not expire. */
  readonly expiresAt: number | undefined
}

/** A token that took the place of another, which opens nothing any more. */
export type RenewedToken = Pick<RegisteredRunner, 'token' | 'expiresAt'>

/** Of a runner that was made in the user interface: what is said of it is kept by the server. */
export function isCreatedToken(token: string): boolean {
  return token.startsWith('glrt-')
}

const registeredReply = z.object({
  id: z.number().nullish(),
  token: z.string().min(1),
  token_expires_at: z.string().nullish(),
})

/** Makes a runner known to a server, and forgotten. */
export class Registration {
  readonly #connection: CoordinatorConnection
  readonly #identity: RunnerIdentity

  constructor(connection: CoordinatorConnection, identity: RunnerIdentity) {
    this.#connection = connection
    this.#identity = identity
  }

  /**
   * `POST runners`, with a registration token. Asked once: a second runner would come of asking twice.
   * @throws CoordinatorError refused: 403 the token is wrong, 410 such tokens are switched off
   */
  async register(order: RegistrationOrder): Promise<RegisteredRunner> {
    const call: CoordinatorCall = {
      method: 'POST',
      path: 'runners',
      json: {
        token: order.registrationToken,
        description: order.description,
        maintenance_note: order.maintenanceNote,
        tag_list: order.tags?.join(','),
        run_untagged: order.runsUntagged,
        locked: order.isLocked,
        access_level: order.accessLevel,
        maximum_timeout:
          order.maximumTimeoutMs === undefined ? undefined : Math.round(order.maximumTimeoutMs / 1000),
        paused: order.isPaused,
        info: runnerInfo(this.#identity),
      },
    }
    const reply = await this.#connection.send(call)
    if (reply.status !== 201) throw this.#connection.failure(call, reply)
    return readRegistered(reply)
  }

  /**
   * `POST runners/verify`. A runner made in the user interface is registered by it.
   * @throws CoordinatorError refused: 403 the token is wrong, 422 what the runner was for is gone
   */
  async verify(token: string): Promise<RegisteredRunner> {
    const json = { token, system_id: this.#identity.systemId, info: runnerInfo(this.#identity) }
    const call: CoordinatorCall = { method: 'POST', path: 'runners/verify', json }
    const reply = await this.#connection.sendPatiently(call)
    if (reply.status !== 200) throw this.#connection.failure(call, reply)
    // Old servers answer with the text 200, AlloyCI with nothing.
    return isJson(reply) && reply.text.trim().startsWith('{')
      ? readRegistered(reply)
      : { id: undefined, token, expiresAt: undefined }
  }

  /**
   * `POST runners/reset_authentication_token`. The old token ends with it, for every machine that has it.
   * Asked once: whether the server has done it is not known when its answer is lost.
   * @throws CoordinatorError refused: 403 the token is wrong or has expired, 404 the server does not do this
   */
  async resetToken(token: string): Promise<RenewedToken> {
    const call: CoordinatorCall = {
      method: 'POST',
      path: 'runners/reset_authentication_token',
      json: { token },
    }
    const reply = await this.#connection.send(call)
    if (reply.status !== 201) throw this.#connection.failure(call, reply)
    const renewed = readRegistered(reply)
    return { token: renewed.token, expiresAt: renewed.expiresAt }
  }

  /**
   * `DELETE runners/managers`, for a runner made in the user interface: it stays there, this machine leaves it.
   * Others are deleted.
   * @throws CoordinatorError refused: 403 the token is wrong
   */
  async unregister(token: string): Promise<void> {
    const call: CoordinatorCall = isCreatedToken(token)
      ? {
          method: 'DELETE',
          path: 'runners/managers',
          json: { token, system_id: this.#identity.systemId },
        }
      : { method: 'DELETE', path: 'runners', json: { token } }
    const reply = await this.#connection.sendPatiently(call)
    // 404: this machine has left already.
    if (reply.status !== 204 && reply.status !== 404) throw this.#connection.failure(call, reply)
  }
}

function isJson({ headers }: CoordinatorReply): boolean {
  return String(headers['content-type'] ?? '').startsWith('application/json')
}

function readRegistered(reply: CoordinatorReply): RegisteredRunner {
  try {
    const { id, token, token_expires_at } = registeredReply.parse(JSON.parse(reply.text))
    const expiresAt = token_expires_at ? Date.parse(token_expires_at) : undefined
    return { id: id ?? undefined, token, expiresAt }
  } catch {
    // What is wrong with it may be told with a piece of it: the token.
    throw new CoordinatorError('invalid', 'what the server answered to a registration cannot be read')
  }
}
