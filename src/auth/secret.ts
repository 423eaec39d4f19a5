import { createHash, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** Whom a secret is for: people, runners and other CI systems (`ept_`), or one job (`epj_`). */
export type CredentialKind = 'token' | 'job'

/** What a secret says of itself, to anybody who reads it. */
export interface ReadSecret {
  readonly kind: CredentialKind
  readonly id: string
}

export interface MintedSecret extends ReadSecret {
  /** `ept_<id>_<secret>` or `epj_<id>_<secret>`. Shown once; only its hash is kept. */
  readonly secret: string
  readonly hash: Buffer
}

/** As `crypto.randomBytes`. */
export type RandomBytes = (count: number) => Buffer

const PREFIXES = { token: 'ept', job: 'epj' } as const satisfies Record<CredentialKind, string>

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** Of the bytes 0 to 255, those above the last whole alphabet would make its first letters likelier. */
const FAIR_BYTES = 256 - (256 % ALPHABET.length)

const ID_LENGTH = 12
/** 178 bits. */
const RANDOM_LENGTH = 30
/** 32 bits of CRC, as scanners for leaked secrets expect them: a typo is caught without looking anything up. */
const CHECKSUM_LENGTH = 6

const SECRET = new RegExp(
  `^(ept|epj)_([0-9A-Za-z]{${ID_LENGTH}})_[0-9A-Za-z]{${RANDOM_LENGTH + CHECKSUM_LENGTH}}$`,
)

/** @param id of the credential that is given another secret; a new one otherwise */
export function mintSecret(
  kind: CredentialKind,
  random: RandomBytes,
  id = randomText(ID_LENGTH, random),
): MintedSecret {
  const body = `${PREFIXES[kind]}_${id}_${randomText(RANDOM_LENGTH, random)}`
  const secret = body + checksumOf(body)
  return { kind, id, secret, hash: hashSecret(secret) }
}

/** Undefined for what is no secret of ours, or was mistyped. */
export function readSecret(text: string): ReadSecret | undefined {
  const found = SECRET.exec(text)
  if (found === null) return undefined
  const [, prefix, id] = found
  if (id === undefined || checksumOf(text.slice(0, -CHECKSUM_LENGTH)) !== text.slice(-CHECKSUM_LENGTH)) {
    return undefined
  }
  return { kind: prefix === PREFIXES.job ? 'job' : 'token', id }
}

/** SHA-256: what has 178 random bits needs no slow hash. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** Takes the same time wherever the two differ. */
export function isSecretOf(hash: Buffer, secret: string): boolean {
  return timingSafeEqual(hash, hashSecret(secret))
}

function randomText(length: number, random: RandomBytes): string {
  let text = ''
  while (text.length < length) {
    for (const byte of random(length - text.length)) {
      if (byte < FAIR_BYTES) text += ALPHABET[byte % ALPHABET.length]
    }
  }
  return text
}

function checksumOf(body: string): string {
  let rest = crc32(body)
  let text = ''
  for (let at = 0; at < CHECKSUM_LENGTH; at++) {
    text = ALPHABET[rest % ALPHABET.length] + text
    rest = Math.floor(rest / ALPHABET.length)
  }
  return text
}
