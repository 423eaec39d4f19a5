import { readFileSync } from 'node:fs'

/** A self-signed certificate for localhost, registry.example and 127.0.0.1, valid until 2126; it protects nothing. */
export function testCertificate(): { readonly key: string; readonly cert: string } {
  const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
  return { key: read('key.pem'), cert: read('cert.pem') }
}
