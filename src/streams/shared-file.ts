import { close, read } from 'node:fs'
import { promisify } from 'node:util'

const closeDescriptor = promisify(close)

/**
 * One open file that several readers and a writer use. The descriptor is closed when the last of them lets
 * go, so a file may be renamed or unlinked while it is read.
 */
export class SharedFile {
  readonly descriptor: number
  #holders = 1

  constructor(descriptor: number) {
    this.descriptor = descriptor
  }

  retain(): this {
    if (this.#holders === 0) throw new Error('the file is closed already')
    this.#holders += 1
    return this
  }

  async release(): Promise<void> {
    this.#holders -= 1
    if (this.#holders === 0) await closeDescriptor(this.descriptor)
  }

  /**
   * Reads at `position`; resolves with 0 at the end of the file. The file stays open meanwhile: were the
   * descriptor closed, the system could give its number to another file, and its bytes to this reader.
   */
  async read(into: Buffer, length: number, position: number): Promise<number> {
    this.retain()
    try {
      return await readAt(this.descriptor, into, length, position)
    } finally {
      await this.release()
    }
  }
}

function readAt(descriptor: number, into: Buffer, length: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, into, 0, length, position, (error, count) =>
      error === null ? resolve(count) : reject(error),
    )
  })
}
