import { describe, expect, test } from 'vitest'
import { alice, app, failureOf, openUpstream, refer } from './open-upstream.ts'
import { openWithTokens, other } from './open-with-tokens.ts'

const latest = refer('latest')

describe('Basic', () => {
  const auth = { kind: 'basic', users: { alice: 'secret' } } as const

  test('is sent when asked for, and anticipated from then on', async () => {
    await using open = await openUpstream({ scripted: { auth } })
    open.scripted.addImage(app)
    await open.upstream.resolve(app, latest, { credential: alice })
    await open.upstream.resolve(app, latest, { credential: alice })
    const sent = open.scripted.requests.map((request) => request.authorization)
    expect(sent).toEqual(['none', 'basic', 'basic'])
  })

  test('without a credential, or with a wrong one, is denied', async () => {
    await using open = await openUpstream({ scripted: { auth } })
    open.scripted.addImage(app)
    expect(await failureOf(open.upstream.resolve(app, latest, {}))).toMatchObject({
      code: 'denied',
      status: 401,
    })
    const credential = { ...alice, password: 'wrong' }
    expect(await failureOf(open.upstream.resolve(app, latest, { credential }))).toMatchObject({
      code: 'denied',
    })
    expect(await failureOf(open.upstream.resolve(app, latest, { credential }))).toMatchObject({
      code: 'denied',
    })
    const sent = open.scripted.requests.map((request) => request.authorization)
    expect(sent).toEqual(['none', 'none', 'basic', 'basic'])
  })

  test('a registry may change from Bearer to Basic', async () => {
    await using open = await openWithTokens()
    await open.ask(app, alice)
    open.scripted.auth = auth
    await open.ask(app, alice)
    open.seen()
    await open.ask(other, alice)
    expect(open.seen()).toEqual({ registry: 1, tokens: 0 })
  })
})
