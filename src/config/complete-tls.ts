import type { SettingsDraft } from './schema.ts'
import type { TlsSettings } from './settings.ts'
import { readTlsFiles, type TlsMistake } from './tls-files.ts'

export interface CompletedTls {
  readonly settings: TlsSettings | undefined
  readonly mistakes: readonly TlsMistake[]
}

/** Looks whether both files are named, and can be used together. */
export async function completeTls(draft: SettingsDraft['tls']): Promise<CompletedTls> {
  const { certFile, keyFile } = draft ?? {}
  if (certFile === undefined && keyFile === undefined) return { settings: undefined, mistakes: [] }
  if (certFile === undefined || keyFile === undefined) {
    const file = certFile === undefined ? 'certFile' : 'keyFile'
    const message = 'is missing: tls needs a certificate and its key'
    return { settings: undefined, mistakes: [{ file, message }] }
  }
  const read = await readTlsFiles({ certFile, keyFile })
  return { settings: { certFile, keyFile }, mistakes: 'cert' in read ? [] : read }
}
