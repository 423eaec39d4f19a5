import { realpath } from 'node:fs/promises'
import { fileErrorCode } from '../../file-error.ts'
import { replaceFile } from '../../replace-file.ts'

/**
 * Writes a config.toml, whole or not at all. A link stays one.
 * @param path absolute, in a folder that is there
 */
export async function replaceRunnerFile(path: string, text: string): Promise<void> {
  await replaceFile(await linkTarget(path), text, { isSynced: true })
}

async function linkTarget(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return path
    throw error
  }
}
