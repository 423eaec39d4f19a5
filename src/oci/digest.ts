import { createHash, type Hash } from 'node:crypto'
import { OciError } from './errors.ts'

declare const brand: unique symbol

/** `sha256:<64 hex>` or `sha512:<128 hex>`, lower case; checked when made. */
export type Digest = string & { readonly [brand]: 'Digest' }

export type DigestAlgorithm = 'sha256' | 'sha512'

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/

export function isDigest(text: string): text is Digest {
  return DIGEST.test(text)
}

/** @throws OciError DIGEST_INVALID */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text
  const shown = text.slice(0, 140)
  throw new OciError(
    'DIGEST_INVALID',
    `"${shown}" is not a digest: expected sha256:<64 hex> or sha512:<128 hex> in lower case`,
  )
}

export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha256:') ? 'sha256' : 'sha512'
}

/** The part after the algorithm. Safe as a file name: the type admits lower-case hex only. */
export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1)
}

export function hasherFor(digest: Digest): Hash {
  return createHash(algorithmOf(digest))
}

export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` as Digest
}
