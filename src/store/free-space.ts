import { statfs } from 'node:fs/promises'

export interface FreeSpace {
  /** What this process may still write. */
  readonly freeBytes: number
  readonly totalBytes: number
}

/** The filesystem that a path is on. */
export async function measureFreeSpace(path: string): Promise<FreeSpace> {
  const { bavail, blocks, bsize } = await statfs(path)
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
}
