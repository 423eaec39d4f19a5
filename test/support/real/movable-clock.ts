import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cleanups } from './cleanups.ts'
import { scratchDir } from './scratch-dir.ts'

const LIBRARIES = '/usr/lib'

/** The wall clock of a child process, by libfaketime; timers go on as they do. */
export class MovableClock {
  readonly #file: string
  readonly #library: string

  private constructor(file: string, library: string) {
    this.#file = file
    this.#library = library
  }

  /** For suites that ask for `faketime`. */
  static async create(cleanups: Cleanups): Promise<MovableClock> {
    const clock = new MovableClock(join(await scratchDir('clock', cleanups), 'offset'), findLibrary())
    await clock.set('+0')
    return clock
  }

  /** What the process has to be started with. */
  get env(): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: this.#library,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    }
  }

  /** @param offset from the real time: `+365d`, `-1d` */
  async set(offset: string): Promise<void> {
    await writeFile(this.#file, `${offset}\n`)
  }
}

/** Debian has it in a folder of the machine's architecture. */
function findLibrary(): string {
  for (const folder of readdirSync(LIBRARIES)) {
    const path = join(LIBRARIES, folder, 'faketime')
    try {
      if (readdirSync(path).includes('libfaketime.so.1')) return join(path, 'libfaketime.so.1')
    } catch {
      // Another folder.
    }
  }
  throw new Error('libfaketime.so.1 is in no folder of /usr/lib')
}
