import { mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileErrorCode } from '../../file-error.ts'

/** What engines call their own volumes; nothing else becomes a file's name. */
const NAME = /^[A-Za-z0-9][\w.-]{0,200}$/

/**
 * When cache volumes of one engine were last used, which engines do not know: an empty file for each volume, whose
 * time of last change says it. Several processes may have them at once; a file that is lost costs a volume its age.
 */
export class VolumeUses {
  readonly #uses: string
  readonly #turns: string

  /** @param directory made when it is missing */
  constructor(directory: string) {
    this.#uses = join(directory, 'uses')
    this.#turns = join(directory, 'turns')
  }

  /** @throws the error of the file system */
  async note(volume: string, atMs: number): Promise<void> {
    if (NAME.test(volume)) await touch(this.#uses, volume, atMs)
  }

  /** @throws the error of the file system */
  async list(): Promise<ReadonlyMap<string, number>> {
    const names = await readdir(this.#uses).catch(unlessMissing)
    const found = new Map<string, number>()
    for (const name of names ?? []) {
      const atMs = await this.at(name)
      if (atMs !== undefined) found.set(name, atMs)
    }
    return found
  }

  /** @returns undefined when nobody has noted one */
  at(volume: string): Promise<number | undefined> {
    return changedAt(join(this.#uses, volume))
  }

  async forget(volume: string): Promise<void> {
    await rm(join(this.#uses, volume), { force: true })
  }

  /**
   * Keeps processes from doing the same one after the other. Two that ask at one moment may both get it.
   * @returns whether nobody has taken this turn for so long
   */
  async takeTurn(turn: string, { everyMs, nowMs }: { everyMs: number; nowMs: number }): Promise<boolean> {
    const takenAt = await changedAt(join(this.#turns, turn))
    const agoMs = nowMs - (takenAt ?? Number.NEGATIVE_INFINITY)
    // A clock that was set back would let nobody have it for as long.
    if (agoMs >= 0 && agoMs < everyMs) return false
    await touch(this.#turns, turn, nowMs)
    return true
  }
}

async function touch(directory: string, name: string, atMs: number): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await using handle = await open(join(directory, name), 'a', 0o600)
  const time = new Date(atMs)
  await handle.utimes(time, time)
}

async function changedAt(path: string): Promise<number | undefined> {
  return (await stat(path).catch(unlessMissing))?.mtimeMs
}

function unlessMissing(error: unknown): undefined {
  if (fileErrorCode(error) !== 'ENOENT') throw error
}
