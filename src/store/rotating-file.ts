import { type FileHandle, open, rename } from 'node:fs/promises'
import { fileErrorCode } from '../file-error.ts'

export interface RotatingFileOptions {
  readonly path: string
  /** A file that would grow beyond this is put aside. */
  readonly maxBytes: number
  /** How many there are at most: `path`, `path.1` and so on, the last one the oldest. */
  readonly maxFiles: number
  /** What may wait for a slow disk. Lines for which there is no room are lost. */
  readonly maxWaitingBytes: number
  /** Told that lines were lost: once, and not again before something was written. */
  readonly onLoss: (error: unknown) => void
}

/** A line found no room: the disk is slower than those who write. */
export class TooManyLines extends Error {
  override readonly name = 'TooManyLines'
  readonly code = 'TOO_MANY_LINES'
}

/** Lines that are appended behind the caller's back, to files that never take more than a fixed room. */
export class RotatingFile {
  readonly #options: RotatingFileOptions
  #file: FileHandle | undefined
  #sizeBytes = 0
  #waiting: string[] = []
  #waitingBytes = 0
  #writing: Promise<void> | undefined
  #isLosing = false

  constructor(options: RotatingFileOptions) {
    this.#options = options
  }

  /** @param line without its end; no line holds one */
  append(line: string): void {
    const { maxWaitingBytes, path } = this.#options
    const sizeBytes = Buffer.byteLength(line) + 1
    if (this.#waitingBytes + sizeBytes > maxWaitingBytes) {
      this.#lose(new TooManyLines(`${maxWaitingBytes} bytes wait to be written to ${path} already`))
      return
    }
    this.#waiting.push(`${line}\n`)
    this.#waitingBytes += sizeBytes
    this.#writing ??= this.#writeWaiting()
  }

  /** Resolves when all lines so far are written, or lost. They are not forced onto the disk. */
  async flush(): Promise<void> {
    await this.#writing
  }

  async close(): Promise<void> {
    await this.flush()
    await this.#closeFile()
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const bytes = Buffer.from(this.#waiting.join(''))
      this.#waiting = []
      this.#waitingBytes = 0
      try {
        await this.#write(bytes)
        this.#isLosing = false
      } catch (error) {
        this.#lose(error)
        // Opened anew, it is known where the last line ended.
        await this.#closeFile().catch(() => undefined)
      }
    }
    this.#writing = undefined
  }

  async #write(bytes: Buffer): Promise<void> {
    this.#file ??= await this.#open()
    if (this.#sizeBytes > 0 && this.#sizeBytes + bytes.length > this.#options.maxBytes) {
      await this.#putAside()
      this.#file = await this.#open()
    }
    await this.#file.appendFile(bytes)
    this.#sizeBytes += bytes.length
  }

  async #open(): Promise<FileHandle> {
    const file = await open(this.#options.path, 'a+', 0o600)
    try {
      this.#sizeBytes = (await file.stat()).size
      if (!(await this.#endsALine(file))) {
        await file.appendFile('\n')
        this.#sizeBytes += 1
      }
      return file
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** A disk that was full, or a kill, may have cut the last one. */
  async #endsALine(file: FileHandle): Promise<boolean> {
    if (this.#sizeBytes === 0) return true
    const last = Buffer.alloc(1)
    await file.read(last, 0, 1, this.#sizeBytes - 1)
    return last.toString() === '\n'
  }

  async #putAside(): Promise<void> {
    const { path, maxFiles } = this.#options
    await this.#closeFile()
    const names = [path, ...Array.from({ length: maxFiles - 1 }, (_, index) => `${path}.${index + 1}`)]
    for (let to = names.length - 1; to > 0; to--)
      await renameIfThere(names[to - 1] ?? path, names[to] ?? path)
  }

  async #closeFile(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  #lose(error: unknown): void {
    if (this.#isLosing) return
    this.#isLosing = true
    this.#options.onLoss(error)
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if (fileErrorCode(error) !== 'ENOENT') throw error
  }
}
