import { describe, expect, test } from 'vitest'
import type { TokenOrder } from '../../src/auth/credentials.ts'
import { parseGroupPath } from '../../src/oci/group-path.ts'
import { openAccess } from './open-access.ts'

const ACME = parseGroupPath('acme')
const HOUR = 3_600_000

const TOKEN: TokenOrder = {
  name: 'ci',
  role: 'runner',
  groups: [ACME],
  repositories: [],
  expiresAt: undefined,
}
const job = { group: ACME, repositories: ['docker.io/**'], ttlMs: HOUR, jobId: '17' }

describe('a credential', () => {
  test('is known by its secret, and after a restart too', async () => {
    await using access = await openAccess()
    const { credential, secret } = await access.credentials.createToken(TOKEN)
    expect(credential).toMatchObject({ ...TOKEN, kind: 'token', mintedBy: undefined })
    expect(access.credentials.authenticate(secret)).toEqual({ credential })
    const { credentials } = await access.again()
    expect(credentials.authenticate(secret)).toEqual({ credential })
    expect(credentials.get(credential.id)).toEqual(credential)
  })

  test('whose secret is not quite right is refused, each for its reason', async () => {
    await using access = await openAccess()
    await using elsewhere = await openAccess()
    const { credential, secret } = await access.credentials.createToken(TOKEN)
    const other = await elsewhere.credentials.createToken(TOKEN)
    expect(access.credentials.authenticate('hunter2')).toEqual({ refused: 'foreign', id: undefined })
    expect(access.credentials.authenticate(`${secret.slice(0, -1)}!`)).toEqual({
      refused: 'foreign',
      id: undefined,
    })
    expect(access.credentials.authenticate(other.secret)).toEqual({
      refused: 'unknown',
      id: other.credential.id,
    })
    const { secret: rotated } = await access.credentials.rotate(credential.id)
    expect(access.credentials.authenticate(secret)).toEqual({ refused: 'wrong', id: credential.id })
    expect(access.credentials.authenticate(rotated)).toMatchObject({ credential: { id: credential.id } })
  })

  test('ends when it said, to the millisecond', async () => {
    await using access = await openAccess()
    const { credential, secret } = await access.credentials.mintJob({ ...job, mintedBy: undefined })
    access.clock.advance(HOUR - 1)
    expect(access.credentials.authenticate(secret)).toEqual({ credential })
    access.clock.advance(1)
    expect(access.credentials.authenticate(secret)).toEqual({ refused: 'expired', id: credential.id })
    expect(access.credentials.get(credential.id)).toBeUndefined()
  })

  test('that was revoked is refused at once and for good, with those that were minted with it', async () => {
    await using access = await openAccess()
    const runner = await access.credentials.createToken(TOKEN)
    const minted = await access.credentials.mintJob({ ...job, mintedBy: runner.credential })
    const other = await access.credentials.mintJob({ ...job, mintedBy: undefined })
    const ended = await access.credentials.revoke(runner.credential.id)
    expect([...ended].sort()).toEqual([runner.credential.id, minted.credential.id].sort())
    expect(access.ended.sort()).toEqual([...ended].sort())
    for (const { credentials } of [access, await access.again()]) {
      expect(credentials.authenticate(runner.secret)).toEqual({
        refused: 'revoked',
        id: runner.credential.id,
      })
      expect(credentials.authenticate(minted.secret)).toEqual({
        refused: 'revoked',
        id: minted.credential.id,
      })
      expect(credentials.authenticate(other.secret)).toEqual({ credential: other.credential })
    }
    expect(await access.credentials.revoke(runner.credential.id)).toEqual([])
    await expect(access.credentials.rotate(runner.credential.id)).rejects.toMatchObject({
      code: 'credential-revoked',
    })
  })

  test('of a job outlives neither a week nor the token that asked for it', async () => {
    await using access = await openAccess()
    const now = access.clock.now()
    const runner = await access.credentials.createToken({ ...TOKEN, expiresAt: now + HOUR / 2 })
    const short = await access.credentials.mintJob({ ...job, mintedBy: runner.credential })
    expect(short.credential.expiresAt).toBe(now + HOUR / 2)
    const long = await access.credentials.mintJob({ ...job, ttlMs: 30 * 24 * HOUR, mintedBy: undefined })
    expect(long.credential.expiresAt).toBe(now + 7 * 24 * HOUR)
  })

  test('that ended is listed for a day, and then forgotten', async () => {
    await using access = await openAccess()
    const { credential } = await access.credentials.mintJob({ ...job, mintedBy: undefined })
    access.clock.advance(HOUR + 24 * HOUR)
    await access.credentials.prune()
    expect(access.credentials.list('job')).toEqual([credential])
    access.clock.advance(1)
    await access.credentials.prune()
    expect(access.credentials.list('job')).toEqual([])
    expect(access.ended).toEqual([credential.id])
    await expect(access.credentials.revoke(credential.id)).rejects.toMatchObject({
      code: 'credential-unknown',
    })
    expect((await access.again()).credentials.list('job')).toEqual([])
  })

  test('is listed with its kind, the newest first', async () => {
    await using access = await openAccess()
    const first = await access.credentials.createToken(TOKEN)
    access.clock.advance(1)
    const second = await access.credentials.createToken(TOKEN)
    const minted = await access.credentials.mintJob({ ...job, mintedBy: undefined })
    expect(access.credentials.list('token')).toEqual([second.credential, first.credential])
    expect(access.credentials.list('job')).toEqual([minted.credential])
  })
})

describe('while the disk is waited for', () => {
  test('what is minted with a token is found by who revokes the token', async () => {
    await using access = await openAccess()
    const { credential: token } = await access.credentials.createToken(TOKEN)
    const minting = access.credentials.mintJob({ ...job, mintedBy: token })
    const ended = await access.credentials.revoke(token.id)
    const { credential, secret } = await minting
    expect(ended.toSorted()).toEqual([token.id, credential.id].toSorted())
    expect(access.credentials.authenticate(secret)).toMatchObject({ refused: 'revoked' })
  })

  test('nothing is minted with a token that is being revoked', async () => {
    await using access = await openAccess()
    const { credential: token } = await access.credentials.createToken(TOKEN)
    const revoking = access.credentials.revoke(token.id)
    const minting = access.credentials.mintJob({ ...job, mintedBy: token })
    await expect(minting).rejects.toMatchObject({ code: 'credential-revoked' })
    expect(await revoking).toEqual([token.id])
  })

  test('a token that is revoked while it gets another secret stays revoked', async () => {
    await using access = await openAccess()
    const { credential: token } = await access.credentials.createToken(TOKEN)
    const rotating = access.credentials.rotate(token.id)
    await access.credentials.revoke(token.id)
    const { secret } = await rotating
    expect(access.credentials.authenticate(secret)).toMatchObject({ refused: 'revoked' })
  })
})
