import { randomUUID } from 'node:crypto'
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import type { Clock } from '../clock.ts'
import type { SigningKeyCatalog, StoredSigningKey } from '../store/access-catalog.ts'
import { storageTroubleOf } from '../store/storage-error.ts'
import { TOKEN_LIFETIME_MS } from './token-lifetime.ts'

export const SIGNING_ALGORITHM = 'ES256'

/** Past the last token of a retired key, for clocks that were set back. */
const SLACK_MS = 60_000

interface SigningKey {
  readonly id: string
  readonly retiredAt: number | undefined
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
}

/** What tokens are signed with: one key signs, those before it are honoured until their tokens have ended. */
export class SigningKeys {
  readonly #catalog: SigningKeyCatalog
  readonly #clock: Clock
  #keys: readonly SigningKey[] = []

  constructor(catalog: SigningKeyCatalog, clock: Clock) {
    this.#catalog = catalog
    this.#clock = clock
  }

  /**
   * Reads the keys; makes the first. On a disk that is full its tokens end with this process: clients then get
   * others. Before anything else.
   */
  async open(): Promise<void> {
    await this.#read()
    if (this.#keys.some(({ retiredAt }) => retiredAt === undefined)) return
    const key = await makeKey(this.#clock.now())
    try {
      await this.#catalog.add(key)
    } catch (error) {
      if (storageTroubleOf(error) === undefined) throw error
    }
    this.#keys = [await readKey(key), ...this.#keys]
  }

  /** Signs with a new key from now on. */
  async rotate(): Promise<{ readonly id: string }> {
    const key = await makeKey(this.#clock.now())
    await this.#catalog.add(key)
    await this.#read()
    return { id: key.id }
  }

  /** The one that signs. */
  current(): { readonly id: string; readonly privateKey: CryptoKey } {
    const key = this.#keys.find(({ retiredAt }) => retiredAt === undefined)
    if (key === undefined) throw new Error('the signing keys were not opened')
    return key
  }

  /** What a token of this key is verified with; undefined when its tokens have all ended. */
  get(id: string): CryptoKey | undefined {
    const key = this.#keys.find((each) => each.id === id)
    return key === undefined || this.#hasEnded(key) ? undefined : key.publicKey
  }

  async #read(): Promise<void> {
    const keys: SigningKey[] = []
    for (const stored of await this.#catalog.list()) {
      if (this.#hasEnded(stored)) await this.#forget(stored)
      else keys.push(await readKey(stored))
    }
    this.#keys = keys
  }

  /** Next time, if the disk is full. */
  async #forget({ id }: StoredSigningKey): Promise<void> {
    try {
      await this.#catalog.delete(id)
    } catch (error) {
      if (storageTroubleOf(error) === undefined) throw error
    }
  }

  #hasEnded({ retiredAt }: Pick<StoredSigningKey, 'retiredAt'>): boolean {
    return retiredAt !== undefined && this.#clock.now() > retiredAt + TOKEN_LIFETIME_MS + SLACK_MS
  }
}

async function makeKey(createdAt: number): Promise<StoredSigningKey> {
  const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true })
  const jwk = JSON.stringify(await exportJWK(privateKey))
  return { id: randomUUID(), jwk, createdAt, retiredAt: undefined }
}

async function readKey({ id, jwk: text, retiredAt }: StoredSigningKey): Promise<SigningKey> {
  const whole = JSON.parse(text) as JWK
  const { d: _private, ...open } = whole
  const [privateKey, publicKey] = await Promise.all([
    importJWK(whole, SIGNING_ALGORITHM),
    importJWK(open, SIGNING_ALGORITHM),
  ])
  // jose gives bytes for symmetric keys alone, and none is ever written.
  if (privateKey instanceof Uint8Array || publicKey instanceof Uint8Array) {
    throw new TypeError(`the signing key ${id} is no key pair`)
  }
  return { id, retiredAt, privateKey, publicKey }
}
