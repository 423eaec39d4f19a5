import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../../../..')
const PROGRAM = `${process.execPath} --import tsx ${join(import.meta.dirname, 'pty-program.ts')}`

/** What the job wrote must come to the terminal without what moves the cursor; only the footer moves it. */
test('on a real terminal the footer comes and goes, whatever a job writes', async () => {
  const { stdout } = await promisify(execFile)(
    'script',
    ['--quiet', '--return', '--command', `stty cols 60 && exec ${PROGRAM}`, '/dev/null'],
    { cwd: ROOT, timeout: 60_000 },
  )
  expect(stdout).toContain('0 of 1 jobs done, ')
  expect(stdout).toContain('\r\u001b[1A\u001b[J')
  expect(stdout).toContain('build | 100%\r\nbuild | cleared\r\n')
  expect(stdout).not.toContain('\u001b[2J')
  expect(stdout).not.toContain('10%\r1')
  const end = stdout.slice(stdout.lastIndexOf('\u001b[J'))
  expect(end).toContain('the pipeline succeeded')
  expect(end.trimEnd().endsWith('the end')).toBe(true)
})
