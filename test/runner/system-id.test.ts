import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadSystemId } from '../../src/runner/system-id.ts'
import { makeTempDir } from '../support/temp-dir.ts'

test('is made of the id of the machine, and kept', async () => {
  await using directory = await makeTempDir()
  const [file, machineId] = [join(directory.path, '.runner_system_id'), join(directory.path, 'machine-id')]
  await writeFile(machineId, '0123456789abcdef0123456789abcdef\n')
  const systemId = await loadSystemId(file, [join(directory.path, 'missing'), machineId])
  // HMAC-SHA256 of `gitlab-runner` with the id as its key.
  expect(systemId).toBe('s_ee3af03959fe')
  expect(await readFile(file, 'utf8')).toBe(`${systemId}\n`)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  await writeFile(machineId, 'another')
  expect(await loadSystemId(file, [machineId])).toBe(systemId)
})

test('is drawn where the machine has none', async () => {
  await using directory = await makeTempDir()
  const file = join(directory.path, '.runner_system_id')
  const systemId = await loadSystemId(file, [])
  expect(systemId).toMatch(/^r_[0-9A-Za-z]{12}$/)
  expect(await loadSystemId(file, [])).toBe(systemId)
})

test('that GitLab Runner has kept is used; what is none is replaced', async () => {
  await using directory = await makeTempDir()
  const file = join(directory.path, '.runner_system_id')
  await writeFile(file, 's_c2d22f638c25')
  expect(await loadSystemId(file, [])).toBe('s_c2d22f638c25')
  await writeFile(file, 'broken')
  expect(await loadSystemId(file, [])).toMatch(/^r_/)
})
