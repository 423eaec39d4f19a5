import type { RevokeReply } from '../server/schemas/access.ts'
import { counted } from './human.ts'

/** `until 2026-01-01 12:00 UTC`, or `without an end`. */
export function validity(expiresAt: string | null): string {
  return expiresAt === null ? 'without an end' : `until ${shortTime(expiresAt)} UTC`
}

/** `2026-01-01 12:00`; empty for never. */
export function shortTime(time: string | null): string {
  return time === null ? '' : time.slice(0, 16).replace('T', ' ')
}

/** What a revocation ended. */
export function revocation(id: string, { revoked }: RevokeReply): string {
  if (revoked.length === 0) return `${id} had ended already`
  const others = revoked.filter((each) => each !== id).length
  return others === 0
    ? `revoked ${id}`
    : `revoked ${id}, and ${counted(others, 'job credential')} minted with it`
}
