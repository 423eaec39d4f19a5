import * as z from 'zod'

/** Where containers of jobs shall reach the server: an address of its machine. */
export const jobListenerBody = z.strictObject({ host: z.string().max(100) })

export const jobListenerReply = z.object({
  /** `172.17.0.1:40123` */
  address: z.string(),
})
