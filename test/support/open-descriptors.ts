import { existsSync, readdirSync, readlinkSync } from 'node:fs'

/** Whether this system shows which files a process has open. */
export const CAN_LIST_DESCRIPTORS = existsSync('/proc/self/fd')

/** The files below `folder` that this process has open now, those that were removed included. */
export function openBelow(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${descriptor}`)
      return path.startsWith(folder) ? [path] : []
    } catch {
      // The descriptor of the listing itself, which is closed by now.
      return []
    }
  })
}
