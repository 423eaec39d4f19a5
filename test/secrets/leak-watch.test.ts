import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { mintSecret } from '../../src/auth/secret.ts'
import { openAccess } from '../auth/open-access.ts'
import { CommandFailed, runCommand } from '../support/real/run-command.ts'
import { findSecrets } from '../support/secrets/find-secrets.ts'
import { LEAKS_VARIABLE } from '../support/secrets/leaks-variable.ts'

const VITEST = join(import.meta.dirname, '../../node_modules/vitest/vitest.mjs')
const ROOT = join(import.meta.dirname, '../..')

describe('findSecrets', () => {
  const { secret } = mintSecret('token', randomBytes)

  test('finds what was given out, as it is and in base64', () => {
    expect(findSecrets(`x${secret}y "${secret}"`)).toEqual([`${secret.slice(0, 17)}…`])
    expect(findSecrets(`Basic ${Buffer.from(`user:${secret}`).toString('base64')}`)).toHaveLength(1)
  })

  test('finds tokens, and the passwords of tests', async () => {
    await using access = await openAccess()
    expect(findSecrets(`{"token":"${(await access.tokens.issue('abc')).token}"}`)).toHaveLength(1)
    expect(findSecrets('a=s3cret-of-alice&b=1')).toEqual(['s3cret-of-alice…'])
  })

  test('takes nothing else for one', () => {
    const mistyped = `${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`
    expect(findSecrets(`${mistyped} ${secret.slice(0, 20)} sha256:${'ab'.repeat(32)}`)).toEqual([])
  })
})

test('a run whose tests pass fails when one of them leaked', { timeout: 60_000 }, async () => {
  const config = join(import.meta.dirname, 'planted/vitest.config.ts')
  const run = runCommand(process.execPath, [VITEST, 'run', '--root', ROOT, '--config', config], {
    cwd: ROOT,
    env: { [LEAKS_VARIABLE]: '', NO_COLOR: '1' },
  })
  const failure: unknown = await run.catch((error: unknown) => error)
  if (!(failure instanceof CommandFailed)) throw new Error('the run passed')
  expect(failure.stdout).toMatch(/1 passed/)
  const told = failure.stdout + failure.stderr
  expect(told).toMatch(/s3cret-of-planted… in the log \(.*leak\.ts\)/)
  expect(told).toMatch(/epj_\w{12}_… in the storage: planted/)
})
