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

/**
 * What those who run a server decide of groups and credentials. Behind it is a running server, or a storage that no
 * server has. Every method rejects with ControlError for what was asked wrongly or is not there. Secrets are in
 * the replies that say so, and nowhere again.
 */
export interface AccessControl {
  createToken(order: TokenBody): Promise<IssuedTokenJson>
  /** The newest first; those that ended within the last day too. */
  listTokens(): Promise<TokensReply>
  /** Gives it another secret; the old one is refused from then on. */
  rotateToken(id: string): Promise<IssuedTokenJson>
  /** With the job credentials that were minted with it. */
  revokeToken(id: string): Promise<RevokeReply>
  createGroup(order: GroupBody): Promise<GroupJson>
  /** Those of the settings too. */
  listGroups(): Promise<GroupsReply>
  showGroup(path: string): Promise<GroupJson>
  /** Only those that were made by command. */
  removeGroup(path: string): Promise<GroupJson>
  mintJob(order: JobBody): Promise<IssuedJobJson>
  listJobs(): Promise<JobsReply>
  revokeJob(id: string): Promise<RevokeReply>
  /** Signs tokens with a new key; those of the old one are honoured until they end. */
  rotateKey(): Promise<KeyReply>
}
