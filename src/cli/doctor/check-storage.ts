import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { UsageReply } from '../../server/schemas/control.ts'
import { StorageMissing } from '../../store/errors.ts'
import { humanSize } from '../human.ts'
import type { Finding } from './finding.ts'

/** How a storage is used, as its owner counts it. */
export function storageFinding(path: string, usage: UsageReply): Finding {
  const { usedBytes, maxBytes, freeBytes, minFreeBytes } = usage
  const message = `${path}: ${humanSize(usedBytes)} of ${humanSize(maxBytes)} used, ${humanSize(freeBytes)} free`
  if (freeBytes <= minFreeBytes) {
    const advice = `storage.minFree is ${humanSize(minFreeBytes)}, so nothing new is kept: make room on the disk`
    return { check: 'storage', status: 'fail', message, advice }
  }
  if (freeBytes < 2 * minFreeBytes) {
    const advice = `at ${humanSize(minFreeBytes)} free (storage.minFree) nothing new is kept: make room on the disk`
    return { check: 'storage', status: 'warn', message, advice }
  }
  return { check: 'storage', status: 'ok', message }
}

/** Why a storage could not be opened. */
export async function unopenedStorageFinding(path: string, error: unknown): Promise<Finding> {
  if (error instanceof StorageMissing) return checkPlace(path)
  const message = `${path}: ${error instanceof Error ? error.message : String(error)}`
  const advice = 'run this as the user of the server; see the log of whoever has the storage'
  return { check: 'storage', status: 'fail', message, advice }
}

/** Whether a storage that is not there yet can be made. */
async function checkPlace(path: string): Promise<Finding> {
  for (let place = path; ; place = dirname(place)) {
    try {
      await access(place, constants.W_OK)
      return { check: 'storage', status: 'ok', message: `${path} is not there yet: the first start makes it` }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' && place !== dirname(place)) continue
      const message = `${path} is not there, and ${place} cannot be written: ${code}`
      const advice = 'give the folder to the user of the server, or choose another (storage.path)'
      return { check: 'storage', status: 'fail', message, advice }
    }
  }
}
