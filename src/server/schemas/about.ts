import * as z from 'zod'

/** What a server tells of itself over control.sock. */
export const aboutReply = z.object({
  version: z.string(),
  /** Version of Node.js. */
  node: z.string(),
  pid: z.number().int(),
  /** Where it listens: `http://127.0.0.1:5000`, with the real ports. */
  addresses: z.array(z.string()),
  /** `externalUrl` of the settings. */
  externalUrl: z.string().nullable(),
  groups: z.array(z.string()),
  /** From which something may be pulled. */
  upstreams: z.array(z.object({ name: z.string(), alias: z.string().nullable() })),
})
export type AboutReply = z.infer<typeof aboutReply>
