import { renewToken, type TokenRecord } from '../../../executor/config/renew-token.ts'
import type { CliContext } from '../../context.ts'
import { type FoundRunners, findRunners } from '../find-runners.ts'
import { replaceRunnerFile } from '../replace-runner-file.ts'
import { tokenKey } from './shared-tokens.ts'

/** A config.toml that new tokens are written into, as it is then: somebody may have written to it meanwhile. */
export class TokenFile {
  readonly #path: string
  readonly #env: CliContext['env']

  /** @param path absolute */
  constructor(path: string, env: CliContext['env']) {
    this.#path = path
    this.#env = env
  }

  /**
   * Proves that a token can be written, by writing the file as it is: permissions alone do not tell it of a file that
   * is mounted, or of a full disk.
   * @returns false when no runner of the file has the token any more
   * @throws FileUnreadable, RunnerConfigError, the error of the file system
   */
  async rehearse(key: string): Promise<boolean> {
    const { text, indexes } = await this.#find(key)
    if (indexes.size === 0) return false
    renewToken(text, this.#path, indexes, { token: 'glrt-another', obtainedAt: 0, expiresAt: undefined })
    await replaceRunnerFile(this.#path, text)
    return true
  }

  /**
   * @param key of the token that the new one takes the place of
   * @returns false when no runner of the file has that any more
   * @throws FileUnreadable, RunnerConfigError, the error of the file system
   */
  async write(key: string, record: TokenRecord): Promise<boolean> {
    const { text, indexes } = await this.#find(key)
    if (indexes.size === 0) return false
    await replaceRunnerFile(this.#path, renewToken(text, this.#path, indexes, record))
    return true
  }

  #find(key: string): Promise<FoundRunners> {
    return findRunners(this.#path, this.#env, (runner) => tokenKey(runner) === key)
  }
}
