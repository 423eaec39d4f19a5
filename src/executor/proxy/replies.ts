import * as z from 'zod'

/** What the proxy's API answers, as far as it is used here. */

export const mintReply = z.object({
  id: z.string().min(1),
  variables: z.object({
    CI_DEPENDENCY_PROXY_USER: z.string(),
    CI_DEPENDENCY_PROXY_PASSWORD: z.string().min(1),
    CI_DEPENDENCY_PROXY_SERVER: z.string(),
    CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX: z.string(),
    CI_DEPENDENCY_PROXY_DIRECT_GROUP_IMAGE_PREFIX: z.string(),
  }),
  registries: z.array(z.object({ name: z.string(), alias: z.string().nullable() })),
  /** Where an engine is asked for its login; only for those who sent their loopback, and share it. */
  engineAddress: z.string().min(1).optional(),
})
export type MintReply = z.infer<typeof mintReply>

export const mirrorReply = z.object({ address: z.string().min(1) })

export const pullsReply = z.array(
  z.object({
    reference: z.string(),
    digest: z.string(),
    outcome: z.enum(['hit', 'miss', 'revalidated', 'updated', 'stale', 'skip']),
    bytes: z.number(),
    upstreamRequests: z.number(),
  }),
)
