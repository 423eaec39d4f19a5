import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LEAKS_VARIABLE } from './leaks-variable.ts'

/** Around a whole run: fails it when a secret was printed, logged or stored anywhere (see watch.ts). */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  // Of several projects the first one looks after all of them.
  if ((process.env[LEAKS_VARIABLE] ?? '') !== '') return undefined
  const dir = await mkdtemp(join(tmpdir(), 'entrepot-leaks-'))
  const path = join(dir, 'leaks')
  process.env[LEAKS_VARIABLE] = path
  return async () => {
    const found = await readFile(path, 'utf8').catch(() => '')
    await rm(dir, { recursive: true, force: true })
    const lines = [...new Set(found.split('\n').filter((line) => line !== ''))]
    if (lines.length === 0) return
    process.exitCode = 1
    throw new Error(`secrets were printed, logged or stored:\n${lines.join('\n')}`)
  }
}
