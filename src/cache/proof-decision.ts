/** A private proof is believed without asking for this long. */
export const PROOF_FRESH_MS = 60 * 60 * 1000

/** When the upstream cannot be asked, the last proof stands for this long. */
export const PROOF_STANDS_MS = 24 * 60 * 60 * 1000

export interface KnownProofs {
  /** The upstream gave it, or the manifest that references it, to everybody. */
  readonly isPublic: boolean
  /** When the upstream gave this content to this reader's credential, under this repository. */
  readonly provedAt: number | undefined
  /** The newest proof among this content and the manifests that lead to it. */
  readonly newestProvedAt: number | undefined
}

/**
 * - `open`    served
 * - `renew`   proved, but long ago: ask for the manifest whose proof is the newest
 * - `unknown` never given under this repository: a reference alone opens nothing, ask for the content itself
 */
export type ProofDecision = 'open' | 'renew' | 'unknown'

export function decideProof(known: KnownProofs, now: number): ProofDecision {
  if (known.isPublic) return 'open'
  if (known.provedAt === undefined) return 'unknown'
  const newest = Math.max(known.provedAt, known.newestProvedAt ?? 0)
  return isYounger(newest, PROOF_FRESH_MS, now) ? 'open' : 'renew'
}

/** Whether a proof that could not be renewed, because the upstream is in trouble, still stands. */
export function proofStands(provedAt: number, now: number): boolean {
  return isYounger(provedAt, PROOF_STANDS_MS, now)
}

function isYounger(provedAt: number, ageMs: number, now: number): boolean {
  // A proof from the future comes from a clock that was set back: it proves nothing about its age.
  return provedAt <= now && now - provedAt < ageMs
}
