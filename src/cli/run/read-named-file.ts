import { open } from 'node:fs/promises'
import { FileUnreadable } from './file-unreadable.ts'

/** The largest jobs have a few thousand variables; a pipe has no size that could be looked at before. */
const MAX_FILE_BYTES = 16 * 1024 * 1024

/**
 * The text of a file, or of a pipe, that the user named.
 * @param hint what to do when it cannot be read, in a few words
 * @throws FileUnreadable
 */
export async function readNamedFile(path: string, hint = ''): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    await using file = await open(path)
    for await (const chunk of file.createReadStream({ autoClose: false })) {
      bytes += chunk.length
      if (bytes > MAX_FILE_BYTES) throw new Error('it is larger than 16 MiB')
      chunks.push(chunk)
    }
  } catch (error) {
    throw new FileUnreadable(`${path} cannot be read${hint === '' ? '' : `: ${hint}`}`, { cause: error })
  }
  return Buffer.concat(chunks).toString('utf8')
}
