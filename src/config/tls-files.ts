import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { type FileReading, readCaFile, readKeyFile } from './secrets.ts'
import type { TlsSettings } from './settings.ts'

/** A certificate that can be shown to clients, and its key. Never logged. */
export interface TlsFiles {
  /** PEM; the certificate comes first, then those that lead to its root. */
  readonly cert: string
  readonly key: string
  /** What the certificate says of itself, in milliseconds since the epoch. */
  readonly validFrom: number
  readonly validTo: number
}

export interface TlsMistake {
  readonly file: keyof TlsSettings
  readonly message: string
}

/** Reads both files and checks that they belong together. Dates are not looked at: they change by themselves. */
export async function readTlsFiles(files: TlsSettings): Promise<TlsFiles | readonly TlsMistake[]> {
  const cert = await readCaFile(files.certFile)
  const key = await readKeyFile(files.keyFile)
  const mistakes = [...mistakeOf('certFile', cert), ...mistakeOf('keyFile', key)]
  if ('mistake' in cert || 'mistake' in key) return mistakes
  const leaf = new X509Certificate(cert.text)
  const privateKey = readKey(key.text)
  if (privateKey === undefined) {
    const message = `expected a private key (PEM) that needs no passphrase: ${files.keyFile}`
    return [{ file: 'keyFile', message }]
  }
  if (!leaf.checkPrivateKey(privateKey)) {
    const message = `the key is not that of the first certificate in ${files.certFile}: ${files.keyFile}`
    return [{ file: 'keyFile', message }]
  }
  if (!canBeServed(cert.text, key.text)) {
    return [{ file: 'certFile', message: `the certificate is too weak to be served: ${files.certFile}` }]
  }
  return {
    cert: cert.text,
    key: key.text,
    validFrom: Date.parse(leaf.validFrom),
    validTo: Date.parse(leaf.validTo),
  }
}

function mistakeOf(file: keyof TlsSettings, reading: FileReading): TlsMistake[] {
  return 'mistake' in reading ? [{ file, message: reading.mistake }] : []
}

function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}

/** OpenSSL has its own ideas of keys and hashes that are too short. */
function canBeServed(cert: string, key: string): boolean {
  try {
    createSecureContext({ cert, key })
    return true
  } catch {
    return false
  }
}
