/** A tag's time may end earlier by at most this part of it. */
export const MAX_TTL_JITTER = 0.1

/**
 * How long this one tag is believed, when tags like it are believed for `ttlMs`: up to a tenth less, always the
 * same for the same name. What a fleet pulled in one minute is then not asked for again in one moment. Never
 * more, so that a TTL stays a promise; 0 stays 0.
 */
export function jitteredTtl(ttlMs: number, name: string): number {
  return Math.ceil(ttlMs * (1 - MAX_TTL_JITTER * positionOf(name)))
}

/** A name's place in [0, 1): FNV-1a (32 bit) and a last mixing, since names differ mostly in their last letters. */
function positionOf(name: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32
}
