import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cleanups } from './cleanups.ts'

/** A folder of its own under the temp directory, gone with `cleanups`. Short: unix socket paths end at 107 bytes. */
export async function scratchDir(purpose: string, cleanups: Cleanups): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), `entrepot-${purpose}-`))
  cleanups.defer(() => rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }))
  return dir
}
