import { open, realpath, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileErrorCode } from '../../file-error.ts'

/**
 * Writes a file that only its owner may read, whole or not at all. A link stays one.
 * @param path absolute, in a folder that is there
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const target = await linkTarget(path)
  const draft = `${target}.${process.pid}.draft`
  try {
    const handle = await open(draft, 'w', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, target)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  const directory = await open(dirname(target), 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

async function linkTarget(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return path
    throw error
  }
}
