import * as z from 'zod'

const MAX_NETWORKS = 10

/** Where the engine of a job shall find its mirror, and where it comes from. */
export const jobMirrorBody = z.strictObject({
  /** An address of the server's machine. */
  host: z.string().max(100),
  /** CIDR. */
  networks: z.array(z.string().max(100)).min(1).max(MAX_NETWORKS),
})
