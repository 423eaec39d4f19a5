import * as z from 'zod'
import { parsePlatform } from '../../oci/platform.ts'

/**
 * What is said over control.sock, and what the commands print with `--json`. Times are ISO 8601, sizes bytes.
 * Replies are read leniently: a newer server may say more.
 */

const time = z.iso.datetime()
const bytes = z.number().int().nonnegative()
const count = z.number().int().nonnegative()

/** An image as people write it. */
const image = z.string().min(1).max(1_000)

const platform = z
  .string()
  .max(100)
  .refine((text) => parsePlatform(text) !== undefined, 'expected os/architecture, such as linux/arm64')

export const MAX_LISTED = 1_000
export const MAX_WARMED = 1_000

export const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_LISTED).default(MAX_LISTED),
  after: z.string().max(1_000).optional(),
})
export const imageQuery = z.object({ image })
export const imageBody = z.object({ image })
export const gcBody = z.object({ dryRun: z.boolean() })
export const verifyBody = z.object({ repair: z.boolean() })
export const warmBody = z.object({
  images: z.array(image).min(1).max(MAX_WARMED),
  /** `all`, or `os/architecture[/variant]` each. */
  platforms: z.union([z.literal('all'), z.array(platform).min(1).max(100)]),
})
export type WarmBody = z.infer<typeof warmBody>

export const imageSummary = z.object({
  name: z.string(),
  digest: z.string(),
  bytes,
  lastPulledAt: time,
  pinned: z.boolean(),
  pulls: count,
})
export type ImageSummaryJson = z.infer<typeof imageSummary>

const part = z.object({ digest: z.string(), sizeBytes: bytes, present: z.boolean() })

export const imageDetails = imageSummary.extend({
  uniqueBytes: bytes,
  manifests: z.array(part.extend({ mediaType: z.string().nullable() })),
  blobs: z.array(part),
  history: z.array(z.object({ digest: z.string(), since: time })),
})
export type ImageDetailsJson = z.infer<typeof imageDetails>

export const verifyReply = z.object({
  manifests: count,
  blobs: count,
  /** Read and hashed. */
  bytes,
  damaged: z.array(
    z.object({
      digest: z.string(),
      kind: z.string(),
      problem: z.string(),
      repaired: z.boolean(),
    }),
  ),
})
export type VerifyReply = z.infer<typeof verifyReply>

export const listReply = z.object({
  images: z.array(imageSummary),
  /** Where the next page begins; null on the last one. */
  after: z.string().nullable(),
})
export type ListReply = z.infer<typeof listReply>

export const removeReply = z.object({ name: z.string(), freedBytes: bytes })
export const pinReply = z.object({ name: z.string(), pinned: z.boolean() })
export const gcReply = z.object({ dryRun: z.boolean(), images: count, blobs: count, bytes })
export const usageReply = z.object({
  usedBytes: bytes,
  reservedBytes: bytes,
  maxBytes: bytes,
  minFreeBytes: bytes,
  freeBytes: bytes,
})
export type RemoveReply = z.infer<typeof removeReply>
export type PinReply = z.infer<typeof pinReply>
export type GcReply = z.infer<typeof gcReply>
export type UsageReply = z.infer<typeof usageReply>

const warmProgress = z.object({
  /** As it was asked for. */
  image: z.string(),
  /** Bytes of blobs that are here, and how many of them were fetched now. */
  doneBytes: bytes,
  fetchedBytes: bytes,
  /** Null until the manifests have been read. */
  totalBytes: bytes.nullable(),
  bytesPerSecond: bytes,
})

/** One line each. The last is `end` or `aborted`: without it the stream was cut off. */
export const warmEvent = z.discriminatedUnion('type', [
  warmProgress.extend({ type: z.literal('progress') }),
  warmProgress.extend({
    type: z.literal('done'),
    name: z.string(),
    digest: z.string(),
    fetchedManifests: count,
    presentManifests: count,
    fetchedBlobs: count,
    presentBlobs: count,
    durationMs: count,
    warning: z.string().nullable(),
  }),
  z.object({ type: z.literal('failed'), image: z.string(), code: z.string(), message: z.string() }),
  z.object({ type: z.literal('aborted'), message: z.string() }),
  z.object({ type: z.literal('end'), done: count, failed: count }),
])
export type WarmEvent = z.infer<typeof warmEvent>

const server = z.object({ state: z.string(), error: z.string().nullable() })

export const upstreamsReply = z.object({
  upstreams: z.array(
    z.object({
      name: z.string(),
      url: z.string(),
      credential: z.string().nullable(),
      registry: server,
      blobs: server,
      token: server,
      limit: count.nullable(),
      remaining: count.nullable(),
      windowSeconds: count.nullable(),
      source: z.string().nullable(),
      observedAt: time.nullable(),
      forecast: time.nullable(),
      limitedUntil: time.nullable(),
      reserveReached: z.boolean(),
    }),
  ),
})
export type UpstreamsReply = z.infer<typeof upstreamsReply>

const pullSums = z.object({
  pulls: count,
  hits: count,
  savedPulls: count,
  bytes,
  savedBytes: bytes,
  upstreamRequests: count,
})
/** How far back, in milliseconds: at most a century. */
export const statsQuery = z.object({
  sinceMs: z.coerce
    .number()
    .int()
    .min(1)
    .max(36_500 * 86_400_000),
})
export const statsReply = pullSums.extend({
  since: time,
  /** Those pulled most often. */
  images: z.array(pullSums.extend({ name: z.string() })),
})
export type StatsReply = z.infer<typeof statsReply>

export const errorReply = z.object({ error: z.object({ code: z.string(), message: z.string() }) })
