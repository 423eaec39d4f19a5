import { chmod, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Log } from '../log.ts'

/** What fits into a sockaddr_un on every system that we know, without the final zero. */
const MAX_SOCKET_PATH_BYTES = 103

/** Where a server listens for those who run it. */
export function controlSocketPath(storage: string): string {
  return join(storage, 'control.sock')
}

/**
 * Listens on control.sock, for its owner only. To be called by whoever has the lock of the storage: a socket
 * that lies there is a dead server's. Without the socket the cache still serves, so trouble here is a warning.
 * @returns whether it listens
 */
export async function listenOnControlSocket(
  app: FastifyInstance,
  storage: string,
  log: Log,
): Promise<boolean> {
  const path = controlSocketPath(storage)
  // Between bind and chmod a socket is as open as the umask says: it is made where nobody else can go.
  const workshop = join(storage, '.control')
  const draft = join(workshop, 's')
  try {
    await rm(path, { force: true })
    if (Buffer.byteLength(draft) > MAX_SOCKET_PATH_BYTES) {
      const at = { event: 'control.unavailable', path }
      log.warn(
        at,
        'the path of the storage is too long for a socket: `entrepot cache` cannot reach this server',
      )
      return false
    }
    await rm(workshop, { recursive: true, force: true })
    await mkdir(workshop, { mode: 0o700 })
    await app.listen({ path: draft })
    await chmod(draft, 0o600)
    await rename(draft, path)
    await rm(workshop, { recursive: true })
    return true
  } catch (error) {
    log.warn({ event: 'control.unavailable', path, err: error }, '`entrepot cache` cannot reach this server')
    return false
  }
}

export async function removeControlSocket(storage: string): Promise<void> {
  await rm(controlSocketPath(storage), { force: true })
}
