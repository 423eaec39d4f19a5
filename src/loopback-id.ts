import { createHash } from 'node:crypto'
import { readFile, readlink } from 'node:fs/promises'

/**
 * What our 127.0.0.1 is called: two processes that have the same reach each other there. A tunnel, or a container
 * with a published port, only looks as if they did. See namespaces(7) and proc(5).
 * @returns 64 hexadecimal digits; undefined where the system does not tell
 */
export async function loopbackId(): Promise<string | undefined> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    const network = await readlink('/proc/self/ns/net')
    return createHash('sha256').update(`${boot.trim()} ${network}`).digest('hex')
  } catch {
    return undefined
  }
}
