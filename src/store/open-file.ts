import { open } from 'node:fs'
import { promisify } from 'node:util'
import { SharedFile } from '../streams/shared-file.ts'

const openDescriptor = promisify(open)

/** Opens a file with the flags of fs.open ("r", "a+"). Rejects with the file system's error. */
export async function openFile(path: string, flags: string | number): Promise<SharedFile> {
  return new SharedFile(await openDescriptor(path, flags, 0o600))
}
