import { matchCredential, nearMiss } from './match-credential.ts'
import type { CredentialEntry, RegistryLogin } from './registry-login.ts'
import { pathOfImage } from './registry-path.ts'

/** Why an image is pulled with the login that it is pulled with. Holds no secret. */
export interface CredentialExplanation {
  readonly image: string
  /** What keys are compared with: `docker.io/postgres`. */
  readonly path: string
  /** Undefined: it is pulled as nobody. */
  readonly chosen: ExplainedCredential | undefined
  /** Every other login, in the order of the sources. */
  readonly others: readonly (ExplainedCredential & { readonly reason: string })[]
}

export interface ExplainedCredential {
  readonly key: string
  readonly source: string
  /** Undefined for tokens. */
  readonly username: string | undefined
  readonly kind: RegistryLogin['kind']
}

export function explainCredential(entries: readonly CredentialEntry[], image: string): CredentialExplanation {
  const chosen = matchCredential(entries, image)
  const others = entries.filter((entry) => entry !== chosen)
  return {
    image,
    path: pathOfImage(image),
    chosen: chosen === undefined ? undefined : describe(chosen),
    others: others.map((entry) => ({ ...describe(entry), reason: reasonAgainst(entry, image) })),
  }
}

/** For the log of a job whose image was refused: what looks as if it was meant for it. */
export function hintsFor(entries: readonly CredentialEntry[], image: string): string[] {
  const chosen = matchCredential(entries, image)
  return entries
    .filter((entry) => entry !== chosen)
    .flatMap((entry) => {
      const miss = nearMiss(entry, image)
      return miss === undefined ? [] : [`${miss} (${entry.source})`]
    })
}

function reasonAgainst(entry: CredentialEntry, image: string): string {
  return (
    nearMiss(entry, image) ??
    (matchCredential([entry], image) === undefined ? 'it is for another registry' : 'a longer key covers it')
  )
}

function describe({ key, source, login }: CredentialEntry): ExplainedCredential {
  return { key, source, kind: login.kind, username: login.kind === 'password' ? login.username : undefined }
}
