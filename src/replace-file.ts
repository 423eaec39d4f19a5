import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface ReplaceOptions {
  /** Waits until the disk has it, so that it outlives a loss of power. */
  readonly isSynced?: boolean
}

/**
 * Writes a file that only its owner may read, whole or not at all: who reads it meanwhile has the old one.
 * @param path in a folder that is there
 * @throws the error of the file system; nothing of the new file is left then
 */
export async function replaceFile(
  path: string,
  text: string,
  { isSynced = false }: ReplaceOptions = {},
): Promise<void> {
  const draft = `${path}.${process.pid}.draft`
  try {
    await using file = await open(draft, 'w', 0o600)
    await file.writeFile(text)
    if (isSynced) await file.sync()
    await rename(draft, path)
  } catch (error) {
    // What went wrong first is what is told.
    await rm(draft, { force: true }).catch(() => {})
    throw error
  }
  if (!isSynced) return
  await using directory = await open(dirname(path), 'r')
  await directory.sync()
}
