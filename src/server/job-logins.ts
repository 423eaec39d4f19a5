import type { GroupLogin } from '../auth/group-rules.ts'
import type { NamedLogin } from '../auth/upstream-logins.ts'
import type { Clock } from '../clock.ts'
import type { LoginNames } from './login-names.ts'
import type { LoginVault } from './login-vault.ts'

interface Kept {
  readonly logins: ReadonlyMap<string, NamedLogin>
  /** Ends the wait for the end of the credential. */
  readonly released: AbortController
}

/** The logins that jobs brought along, until their credentials end. */
export class JobLogins implements LoginVault {
  readonly #name: LoginNames
  readonly #endOf: (credentialId: string) => number | undefined
  readonly #clock: Clock
  readonly #kept = new Map<string, Kept>()

  /** @param parts.endOf when a credential ends; undefined when it is not valid */
  constructor(parts: {
    name: LoginNames
    endOf: (credentialId: string) => number | undefined
    clock: Clock
  }) {
    this.#name = parts.name
    this.#endOf = parts.endOf
    this.#clock = parts.clock
  }

  keep(credentialId: string, logins: ReadonlyMap<string, GroupLogin>): void {
    const endsAt = this.#endOf(credentialId)
    if (logins.size === 0 || endsAt === undefined) return
    const named = new Map<string, NamedLogin>()
    for (const [upstream, login] of logins) named.set(upstream, this.#name(upstream, login))
    this.forget(credentialId)
    const kept: Kept = { logins: named, released: new AbortController() }
    this.#kept.set(credentialId, kept)
    void this.#forgetAt(credentialId, endsAt, kept)
  }

  /** What a job reads an upstream as. */
  find(credentialId: string, upstream: string): NamedLogin | undefined {
    return this.#kept.get(credentialId)?.logins.get(upstream)
  }

  /** Those of all jobs at an upstream, some of them perhaps the same. */
  *at(upstream: string): Iterable<NamedLogin> {
    for (const { logins } of this.#kept.values()) {
      const login = logins.get(upstream)
      if (login !== undefined) yield login
    }
  }

  /** The credential has ended. Once more changes nothing. */
  forget(credentialId: string): void {
    this.#kept.get(credentialId)?.released.abort()
    this.#kept.delete(credentialId)
  }

  /** Forgets all. */
  close(): void {
    for (const id of [...this.#kept.keys()]) this.forget(id)
  }

  async #forgetAt(credentialId: string, endsAt: number, kept: Kept): Promise<void> {
    try {
      await this.#clock.sleep(Math.max(0, endsAt - this.#clock.now()), kept.released.signal)
    } catch {
      return
    }
    if (this.#kept.get(credentialId) === kept) this.forget(credentialId)
  }
}
