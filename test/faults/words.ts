import type { Reply } from './ask.ts'

/** A complete, successful reply of exactly these bytes. */
export function isServed(reply: Reply, bytes: Buffer): boolean {
  return reply.status === 200 && reply.end === 'whole' && reply.body.equals(bytes)
}

/** A complete, successful reply of other bytes: what no client of a tag could notice. */
export function isWrong(reply: Reply, bytes: Buffer): boolean {
  return reply.status === 200 && reply.end === 'whole' && !reply.body.equals(bytes)
}

/** What a client that wanted these bytes would say of the reply. */
export function inWords(reply: Reply, bytes: Buffer): string {
  if (reply.end === 'hung') return `hung for more than ${inSeconds(reply.tookMs)}`
  if (reply.status === 0) return 'no reply'
  if (reply.status !== 200) return `refused with ${refusal(reply)}`
  if (reply.end === 'cut') return 'cut off'
  if (isServed(reply, bytes)) return 'served'
  if (reply.body.length < bytes.length) return 'a complete reply of too few bytes'
  return 'a complete reply of wrong bytes'
}

/** `502 UPSTREAM_UNAVAILABLE`. */
export function refusal(reply: Reply): string {
  const code = /"code":\s*"([A-Z_]+)"/.exec(reply.body.toString('latin1'))?.[1]
  return code === undefined ? String(reply.status) : `${reply.status} ${code}`
}

/** Whole seconds; what is quicker is at once. */
export function inSeconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`
}

/** `1 GET`, `8 GETs`. */
export function times(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
