import { createHmac, randomInt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileErrorCode } from '../file-error.ts'
import { replaceFile } from '../replace-file.ts'

const MACHINE_ID_FILES = ['/etc/machine-id', '/var/lib/dbus/machine-id']
const LENGTH = 12
const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/**
 * What tells this machine from others that have the same runner, as GitLab Runner has it: `s_` and a hash of the
 * machine's own id, or `r_` and something random. Kept, so that the server sees one machine after a restart.
 * @param file `.runner_system_id`, beside config.toml
 * @param machineIdFiles where the machine's own id may be
 */
export async function loadSystemId(
  file: string,
  machineIdFiles: readonly string[] = MACHINE_ID_FILES,
): Promise<string> {
  const kept = (await find(file))?.trim() ?? ''
  if (/^[sr]_[0-9A-Za-z]{12}$/.test(kept)) return kept
  const systemId = await makeSystemId(machineIdFiles)
  try {
    await replaceFile(file, `${systemId}\n`)
  } catch (error) {
    // A configuration that is mounted read-only: what is made of the machine's id is the same the next time.
    if (!isReadOnly(error)) throw error
  }
  return systemId
}

async function makeSystemId(machineIdFiles: readonly string[]): Promise<string> {
  for (const path of machineIdFiles) {
    const machineId = (await find(path))?.trim()
    if (machineId) {
      return `s_${createHmac('sha256', machineId).update('gitlab-runner').digest('hex').slice(0, LENGTH)}`
    }
  }
  return `r_${Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')}`
}

async function find(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function isReadOnly(error: unknown): boolean {
  const code = fileErrorCode(error)
  return code === 'EROFS' || code === 'EACCES'
}
