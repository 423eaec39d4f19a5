import * as z from 'zod'
import { ROLES } from '../../auth/credential.ts'
import { parseDuration } from '../../duration.ts'

/**
 * What is said over control.sock of groups and credentials, and what the commands print with `--json`. Times are
 * ISO 8601. Bodies are strict: a key that was mistyped would be a limit that is not there.
 */

const time = z.iso.datetime()

const MAX_LISTED = 100
const globs = z.array(z.string().min(1).max(300)).max(MAX_LISTED)
const groupPath = z.string().min(1).max(255)

/** What people give a credential, to tell it from others. */
const name = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}]*$/u, 'holds characters that cannot be printed')

/** `90s`, `1h`, `7d`. */
export const duration = z
  .string()
  .refine((text) => (parseDuration(text) ?? 0) > 0, 'expected a duration such as 15m, 1h or 90d')

export const tokenBody = z.strictObject({
  name,
  role: z.enum(ROLES),
  /** Empty: `default`; none for an admin. */
  groups: z.array(groupPath).max(MAX_LISTED),
  /** Empty: what its groups may use. */
  repositories: globs,
  /** Absent: it does not end. */
  ttl: duration.optional(),
})
export type TokenBody = z.infer<typeof tokenBody>

export const jobBody = z.strictObject({
  group: groupPath,
  /** Absent: an hour. */
  ttl: duration.optional(),
  jobId: name.optional(),
  repositories: globs,
})
export type JobBody = z.infer<typeof jobBody>

const upstreamLogin = z.strictObject({
  /** A colon would end it in an Authorization header (RFC 7617, section 2). */
  username: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^:\p{Cc}]*$/u, 'holds a colon, or what cannot be printed'),
  /** Some registries give out tokens of several KiB as passwords. */
  password: z.string().min(1).max(16_384),
})

/** Over the public listener: less needs to be said, and the job's own logins may be. */
export const mintBody = jobBody.extend({
  repositories: globs.default([]),
  /** By registry. */
  upstreamAuth: z.record(z.string().min(1).max(300), upstreamLogin).default({}),
  /** See loopbackId: for an engine that is to pull at 127.0.0.1. */
  loopback: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits')
    .optional(),
})

export const groupBody = z.strictObject({
  path: groupPath,
  /** Absent: inherited. */
  repositories: globs.optional(),
  anonymousNetworks: z.array(z.string().max(100)).max(MAX_LISTED).optional(),
})
export type GroupBody = z.infer<typeof groupBody>

export const credentialBody = z.strictObject({ id: z.string().min(1).max(100) })
export const groupQuery = z.object({ path: groupPath })

const role = z.string()
const state = z.string()

export const issuedToken = z.object({
  id: z.string(),
  name: z.string(),
  role,
  groups: z.array(z.string()),
  expiresAt: time.nullable(),
  /** Shown this once. */
  secret: z.string(),
})
export type IssuedTokenJson = z.infer<typeof issuedToken>

export const issuedJob = z.object({ id: z.string(), group: z.string(), expiresAt: time, secret: z.string() })
export type IssuedJobJson = z.infer<typeof issuedJob>

const listedCredential = z.object({
  id: z.string(),
  repositories: z.array(z.string()),
  createdAt: time,
  expiresAt: time.nullable(),
  revokedAt: time.nullable(),
  /** `valid`, `expired` or `revoked`. */
  state,
})

export const tokensReply = z.object({
  tokens: z.array(listedCredential.extend({ name: z.string(), role, groups: z.array(z.string()) })),
})
export type TokensReply = z.infer<typeof tokensReply>

export const jobsReply = z.object({
  jobCredentials: z.array(
    listedCredential.extend({
      jobId: z.string().nullable(),
      group: z.string(),
      /** Id of the token; null for control.sock. */
      mintedBy: z.string().nullable(),
    }),
  ),
})
export type JobsReply = z.infer<typeof jobsReply>

/** Ids of what was valid until now: a token takes the jobs with it that were minted with it. */
export const revokeReply = z.object({ revoked: z.array(z.string()) })
export type RevokeReply = z.infer<typeof revokeReply>

/** With what it inherits. */
export const groupJson = z.object({
  path: z.string(),
  /** `settings` or `command`. */
  origin: z.string(),
  /** Null: whatever the upstreams allow. */
  repositories: z.array(z.string()).nullable(),
  /** Null: this machine. */
  anonymousNetworks: z.array(z.string()).nullable(),
  upstreams: z.array(z.object({ name: z.string(), username: z.string() })),
})
export type GroupJson = z.infer<typeof groupJson>

export const groupsReply = z.object({ groups: z.array(groupJson) })
export type GroupsReply = z.infer<typeof groupsReply>

export const keyReply = z.object({ id: z.string() })
export type KeyReply = z.infer<typeof keyReply>
