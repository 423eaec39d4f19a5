import { readFileSync } from 'node:fs'

export interface TestCertificate {
  readonly key: string
  readonly cert: string
}

/** A self-signed certificate for localhost, registry.example and 127.0.0.1, valid until 2126; it protects nothing. */
export function testCertificate(): TestCertificate {
  return { key: read('key.pem'), cert: read('cert.pem') }
}

/** Another one for the same names. */
export function renewedCertificate(): TestCertificate {
  return { key: read('renewed-key.pem'), cert: read('renewed-cert.pem') }
}

function read(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8')
}
