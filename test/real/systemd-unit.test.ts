import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { requireProgram } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { runCommand } from '../support/real/run-command.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const CONTRIB = join(import.meta.dirname, '../../contrib')
const INSTALLED = '/usr/local/bin/entrepot'
/** Of 100, as systemd rates what a service could do if it were taken over. Without settings it is 96. */
const UNITS = [
  ['entrepot.service', 'serve', '20'],
  // Root, as whoever may use the engine's socket is.
  ['entrepot-start.service', 'start', '60'],
] as const

describeWith(['systemd-analyze'], 'contrib', () => {
  test.each(UNITS)(
    '%s is understood by systemd, and leaves %s little to do harm with',
    async (name, command, maxExposure) => {
      await using dir = await makeTempDir()
      const unit = join(dir.path, name)
      const text = await readFile(join(CONTRIB, name), 'utf8')
      expect(text).toContain(`ExecStart=${INSTALLED} ${command}\n`)
      // systemd looks whether the program is there.
      await writeFile(unit, text.replace(INSTALLED, process.execPath))
      const analyze = requireProgram('systemd-analyze')
      // What it does not know it only complains of.
      const complaints = await runCommand('sh', ['-c', 'exec "$0" verify --man=no "$1" 2>&1', analyze, unit])
      expect(complaints).toBe('')
      await runCommand(analyze, [
        'security',
        '--offline=true',
        `--threshold=${maxExposure}`,
        '--no-pager',
        unit,
      ])
    },
  )
})
