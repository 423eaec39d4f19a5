import { readFile, stat } from 'node:fs/promises'
import { fileErrorCode } from '../file-error.ts'

export type TextFileErrorCode = 'not-found' | 'not-readable' | 'not-a-file' | 'too-large'

const SENTENCES: Readonly<Record<TextFileErrorCode, string>> = {
  'not-found': 'there is no such file',
  'not-readable': 'the file cannot be read',
  'not-a-file': 'this is not a file',
  'too-large': 'the file is too large',
}

/** A file of settings that could not be read. The message tells the path, never the content. */
export class TextFileError extends Error {
  override readonly name = 'TextFileError'
  readonly code: TextFileErrorCode

  constructor(code: TextFileErrorCode, path: string, cause?: unknown) {
    super(`${SENTENCES[code]}: ${path}`, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

/**
 * Reads a small regular file as UTF-8. A pipe is refused: it could make the start wait for ever.
 * @throws TextFileError
 */
export async function readTextFile(path: string, maxBytes: number): Promise<string> {
  const found = await translated(path, () => stat(path))
  if (!found.isFile()) throw new TextFileError('not-a-file', path)
  if (found.size > maxBytes) throw new TextFileError('too-large', path)
  return await translated(path, () => readFile(path, 'utf8'))
}

async function translated<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    const code = fileErrorCode(error)
    const missing = code === 'ENOENT' || code === 'ENOTDIR'
    throw new TextFileError(missing ? 'not-found' : 'not-readable', path, error)
  }
}
