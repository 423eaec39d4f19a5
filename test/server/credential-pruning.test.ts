import { expect, test } from 'vitest'
import { parseGroupPath } from '../../src/oci/group-path.ts'
import { CredentialPruning } from '../../src/server/credential-pruning.ts'
import { openAccess } from '../auth/open-access.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { RecordLog } from '../support/record-log.ts'

const HOUR = 3_600_000

test('what ended a day ago is forgotten within an hour, without a restart', async () => {
  await using access = await openAccess()
  const { clock, credentials } = access
  const job = { group: parseGroupPath('acme'), repositories: [], jobId: '1', mintedBy: undefined }
  await credentials.mintJob({ ...job, ttlMs: HOUR })
  const { credential: lasting } = await credentials.mintJob({ ...job, ttlMs: 48 * HOUR })
  const pruning = new CredentialPruning(credentials, clock, new RecordLog())
  pruning.start()
  for (let hour = 1; hour <= 26; hour++) {
    await expect.poll(() => clock.hourlySleeperCount).toBe(1)
    expect(credentials.list('job')).toHaveLength(2)
    clock.advance(HOUR)
  }
  await expect.poll(() => credentials.list('job')).toEqual([lasting])
  await pruning.stop()
})

test('a catalog that fails is asked again an hour later', async () => {
  const clock = new FakeClock()
  const log = new RecordLog()
  let calls = 0
  const prune = async (): Promise<void> => {
    calls += 1
    if (calls === 1) throw new Error('disk I/O error')
  }
  const pruning = new CredentialPruning({ prune }, clock, log)
  pruning.start()
  for (const expected of [1, 2]) {
    await expect.poll(() => clock.sleeperCount).toBe(1)
    clock.advance(HOUR)
    await expect.poll(() => calls).toBe(expected)
  }
  expect(log.of('credentials.prune_failed')).toHaveLength(1)
  await pruning.stop()
  expect(clock.sleeperCount).toBe(0)
})
