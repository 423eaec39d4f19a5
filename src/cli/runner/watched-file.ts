import { readFile, stat } from 'node:fs/promises'
import { fileErrorCode } from '../../file-error.ts'
import { FileUnreadable } from '../run/file-unreadable.ts'

/** A file that others write. */
export class WatchedFile {
  readonly path: string
  #seen: string | undefined
  #text = ''

  constructor(path: string) {
    this.path = path
  }

  /**
   * @returns empty when it is not there
   * @throws FileUnreadable
   */
  async read(): Promise<string> {
    this.#text = await this.#load()
    return this.#text
  }

  /**
   * Whether it says something else than when it was read.
   * @throws FileUnreadable
   */
  async hasChanged(): Promise<boolean> {
    if ((await this.#mark()) === this.#seen) return false
    const before = this.#text
    return (await this.read()) !== before
  }

  async #load(): Promise<string> {
    try {
      this.#seen = await this.#mark()
      return this.#seen === '' ? '' : await readFile(this.path, 'utf8')
    } catch (error) {
      throw new FileUnreadable(`${this.path} cannot be read`, { cause: error })
    }
  }

  /** By number too: editors and registrations put a new file in its place. */
  async #mark(): Promise<string> {
    const found = await stat(this.path, { bigint: true }).catch((error: unknown) => {
      if (fileErrorCode(error) === 'ENOENT') return undefined
      throw error
    })
    return found === undefined ? '' : [found.ino, found.size, found.mtimeNs].join(' ')
  }
}
