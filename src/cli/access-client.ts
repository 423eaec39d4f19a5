import type { AccessControl } from '../server/control/access-control.ts'
import {
  type GroupBody,
  type GroupJson,
  type GroupsReply,
  groupJson,
  groupsReply,
  type IssuedJobJson,
  type IssuedTokenJson,
  issuedJob,
  issuedToken,
  type JobBody,
  type JobsReply,
  jobsReply,
  type KeyReply,
  keyReply,
  type RevokeReply,
  revokeReply,
  type TokenBody,
  type TokensReply,
  tokensReply,
} from '../server/schemas/access.ts'
import type { ServerClient } from './server-client.ts'

/** Groups and credentials of a running server, over its control.sock. */
export class AccessClient implements AccessControl {
  readonly #server: Pick<ServerClient, 'ask'>

  constructor(server: Pick<ServerClient, 'ask'>) {
    this.#server = server
  }

  async createToken(order: TokenBody): Promise<IssuedTokenJson> {
    return this.#server.ask(issuedToken, 'POST', 'tokens/create', order)
  }

  async listTokens(): Promise<TokensReply> {
    return this.#server.ask(tokensReply, 'GET', 'tokens/list')
  }

  async rotateToken(id: string): Promise<IssuedTokenJson> {
    return this.#server.ask(issuedToken, 'POST', 'tokens/rotate', { id })
  }

  async revokeToken(id: string): Promise<RevokeReply> {
    return this.#server.ask(revokeReply, 'POST', 'tokens/revoke', { id })
  }

  async createGroup(order: GroupBody): Promise<GroupJson> {
    return this.#server.ask(groupJson, 'POST', 'groups/create', order)
  }

  async listGroups(): Promise<GroupsReply> {
    return this.#server.ask(groupsReply, 'GET', 'groups/list')
  }

  async showGroup(path: string): Promise<GroupJson> {
    return this.#server.ask(groupJson, 'GET', `groups/show?${new URLSearchParams({ path })}`)
  }

  async removeGroup(path: string): Promise<GroupJson> {
    return this.#server.ask(groupJson, 'POST', 'groups/remove', { path })
  }

  async mintJob(order: JobBody): Promise<IssuedJobJson> {
    return this.#server.ask(issuedJob, 'POST', 'job-credentials/mint', order)
  }

  async listJobs(): Promise<JobsReply> {
    return this.#server.ask(jobsReply, 'GET', 'job-credentials/list')
  }

  async revokeJob(id: string): Promise<RevokeReply> {
    return this.#server.ask(revokeReply, 'POST', 'job-credentials/revoke', { id })
  }

  async rotateKey(): Promise<KeyReply> {
    return this.#server.ask(keyReply, 'POST', 'keys/rotate')
  }
}
