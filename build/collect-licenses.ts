import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const PACKAGE = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/
const LICENSE = /^(licen[cs]e|copying|notice)/i

/**
 * The licences of the packages that these files are from: they want to go along with every copy.
 * @param root where the project is
 * @param files from there
 */
export async function collectLicenses(root: string, files: readonly string[]): Promise<string> {
  const folders = new Set(files.flatMap((file) => PACKAGE.exec(file) ?? []))
  const texts = await Promise.all([...folders].sort().map((folder) => readLicenses(join(root, folder))))
  return texts.join('')
}

async function readLicenses(folder: string): Promise<string> {
  const { name, version, license }: Record<string, unknown> = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  )
  const files = (await readdir(folder)).filter((file) => LICENSE.test(file)).sort()
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  return [`${name} ${version} (${license})`, ...texts.map((text) => text.trim()), LINE].join('\n\n')
}

const LINE = `${'-'.repeat(80)}\n\n`
