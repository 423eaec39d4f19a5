import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { tarEntries } from '../tar/tar-entries.ts'
import type { Containers } from './containers.ts'
import { isEngineError } from './engine-error.ts'
import { type FileOwner, findOwner, isByNumber } from './file-owner.ts'

/** More users than anybody has in an image. */
const MAX_FILE_BYTES = 1024 * 1024

/**
 * Who the scripts of a container run as, so that files can be theirs; it need not run.
 * @returns undefined for root, and for a name that is not in the image: its start will say so
 * @throws EngineError; the signal's reason
 */
export async function containerOwner(
  containers: Containers,
  id: string,
  signal: AbortSignal,
): Promise<FileOwner | undefined> {
  const { Config } = await containers.inspect(id, { signal })
  const user = Config.User ?? ''
  if (user === '') return undefined
  const [passwd, group] = isByNumber(user)
    ? ['', '']
    : await Promise.all(['/etc/passwd', '/etc/group'].map((path) => readFile(containers, id, path, signal)))
  const owner = findOwner(user, passwd ?? '', group ?? '')
  return owner?.uid === 0 ? undefined : owner
}

/** Empty when it is not there, no file, or too large. */
async function readFile(
  containers: Containers,
  id: string,
  path: string,
  signal: AbortSignal,
): Promise<string> {
  try {
    const tar = await containers.readArchive(id, path, { signal })
    return await onlyFile(tar, signal)
  } catch (error) {
    if (isEngineError(error, 'NOT_FOUND')) return ''
    throw error
  }
}

async function onlyFile(tar: Readable, signal: AbortSignal): Promise<string> {
  const close = () => tar.destroy(signal.reason)
  signal.addEventListener('abort', close, { once: true })
  try {
    for await (const { header, body } of tarEntries(tar)) {
      if (header.type !== 'file' || (header.size ?? 0) > MAX_FILE_BYTES) return ''
      return await text(body)
    }
    return ''
  } finally {
    signal.removeEventListener('abort', close)
  }
}
