import { readFileSync } from 'node:fs'

/** The version of the package, from its package.json: one directory above this file, built or not. */
export const version = readVersion(new URL('../package.json', import.meta.url))

function readVersion(file: URL): string {
  const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
    return String(manifest.version)
  throw new Error(`there is no version in ${file.pathname}`)
}
