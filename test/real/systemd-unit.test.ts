import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { requireProgram } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { runCommand } from '../support/real/run-command.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const UNIT = join(import.meta.dirname, '../../contrib/entrepot.service')
const INSTALLED = '/usr/local/bin/entrepot'
/** Of 100, as systemd rates what a service could do if it were taken over. Without settings it is 96. */
const MAX_EXPOSURE = '20'

describeWith(['systemd-analyze'], 'contrib/entrepot.service', () => {
  test('is understood by systemd, and leaves the service little to do harm with', async () => {
    await using dir = await makeTempDir()
    const unit = join(dir.path, 'entrepot.service')
    const text = await readFile(UNIT, 'utf8')
    expect(text).toContain(`ExecStart=${INSTALLED} serve\n`)
    // systemd looks whether the program is there.
    await writeFile(unit, text.replace(INSTALLED, process.execPath))
    const analyze = requireProgram('systemd-analyze')
    // What it does not know it only complains of.
    const complaints = await runCommand('sh', ['-c', 'exec "$0" verify --man=no "$1" 2>&1', analyze, unit])
    expect(complaints).toBe('')
    await runCommand(analyze, [
      'security',
      '--offline=true',
      `--threshold=${MAX_EXPOSURE}`,
      '--no-pager',
      unit,
    ])
  })
})
