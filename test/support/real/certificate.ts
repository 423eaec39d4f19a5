import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { requireProgram } from './component.ts'
import { runCommand } from './run-command.ts'

export interface Certificate {
  readonly certificatePath: string
  /** PEM. */
  readonly privateKey: string
  /** The certificate as the x5c header of a JWT has it: base64 DER. */
  readonly x5c: string
}

/**
 * A self-signed RSA certificate, made anew in `dir`.
 * @param addresses of servers that it is for
 */
export async function makeCertificate(dir: string, addresses: readonly string[] = []): Promise<Certificate> {
  const certificatePath = join(dir, 'certificate.pem')
  const keyPath = join(dir, 'key.pem')
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=test tokens']
  const names = addresses.map((address) => `IP:${address}`).join(',')
  const extensions = names === '' ? [] : ['-addext', `subjectAltName=${names}`]
  await runCommand(requireProgram('openssl'), [
    ...request,
    ...extensions,
    '-keyout',
    keyPath,
    '-out',
    certificatePath,
  ])
  const pem = await readFile(certificatePath, 'utf8')
  return {
    certificatePath,
    privateKey: await readFile(keyPath, 'utf8'),
    x5c: pem.replaceAll(/-----[^-]+-----|\s/g, ''),
  }
}
