import { X509Certificate } from 'node:crypto'
import { readTextFile, TextFileError } from './text-file.ts'

const MAX_PASSWORD_BYTES = 64 * 1024
const MAX_CA_BYTES = 1024 * 1024
const MAX_KEY_BYTES = 64 * 1024

export type FileReading = { readonly text: string } | { readonly mistake: string }

/** A password file's first and only line. The mistake never repeats the content. */
export async function readPasswordFile(path: string): Promise<FileReading> {
  const reading = await readWhole(path, MAX_PASSWORD_BYTES)
  if ('mistake' in reading) return reading
  const password = reading.text.replace(/\r?\n$/, '')
  if (password === '') return { mistake: `the file is empty: ${path}` }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no password is sent with control characters in it
  if (/[\u0000-\u001f\u007f]/.test(password)) return { mistake: `expected one line of text: ${path}` }
  return { text: password }
}

/** Certificates in PEM, each of which can be read. */
export async function readCaFile(path: string): Promise<FileReading> {
  const reading = await readWhole(path, MAX_CA_BYTES)
  if ('mistake' in reading) return reading
  const blocks = reading.text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0 || !blocks.every(isCertificate))
    return { mistake: `expected PEM certificates: ${path}` }
  return reading
}

/** A private key in PEM, not looked at. The mistake never repeats the content. */
export function readKeyFile(path: string): Promise<FileReading> {
  return readWhole(path, MAX_KEY_BYTES)
}

async function readWhole(path: string, maxBytes: number): Promise<FileReading> {
  try {
    return { text: await readTextFile(path, maxBytes) }
  } catch (error) {
    if (error instanceof TextFileError) return { mistake: error.message }
    throw error
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}
