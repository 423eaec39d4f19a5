import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { mintSecret } from '../../src/auth/secret.ts'
import { AuditLog } from '../../src/server/audit-log.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { RecordLog } from '../support/record-log.ts'

function openAudit() {
  const lines: string[] = []
  const clock = new FakeClock()
  const log = new RecordLog()
  const audit = new AuditLog({ append: (line) => lines.push(line) }, log, clock)
  return {
    audit,
    clock,
    log,
    written: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
  }
}

const ACTOR = { from: '192.0.2.1', credentialId: 'abc' }
const DENIED = { event: 'pull.denied', reason: 'no part in it', request: 'GET /v2/a' } as const

test('an event is one JSON line with its time, who, from where and what, and a line of the log', () => {
  const { audit, clock, log, written } = openAudit()
  audit.record(ACTOR, { event: 'token.created', subject: 'def', name: 'ci', groups: ['acme'] })
  const fields = { event: 'token.created', ...ACTOR, subject: 'def', name: 'ci', groups: ['acme'] }
  expect(written()).toEqual([{ time: new Date(clock.now()).toISOString(), ...fields }])
  expect(log.of('token.created')).toMatchObject([{ level: 'info', fields: { ...fields, audit: true } }])
})

test('a secret in what a stranger asked for is not written', () => {
  const { audit, written } = openAudit()
  const { secret } = mintSecret('token', randomBytes)
  audit.record(ACTOR, { ...DENIED, request: `GET /v2/${secret}/manifests/1?token=hunter2` })
  expect(JSON.stringify(written())).not.toMatch(new RegExp(`${secret}|hunter2`))
})

describe('a loop of refusals', () => {
  test('is written 300 times a minute, then counted; what is done with credentials always is', () => {
    const { audit, clock, log, written } = openAudit()
    for (let number = 0; number < 1_000; number++) audit.record(ACTOR, DENIED)
    expect(written()).toHaveLength(300)
    audit.record(ACTOR, { event: 'token.revoked', subject: 'abc' })
    expect(written().at(-1)).toMatchObject({ event: 'token.revoked', unrecorded: 700 })
    audit.record(ACTOR, DENIED)
    expect(written()).toHaveLength(301)
    clock.advance(60_000)
    audit.record(ACTOR, DENIED)
    expect(written().slice(301)).toMatchObject([{ event: 'pull.denied', unrecorded: 1 }])
    expect(log.lines).toHaveLength(302)
  })

  test('is written again at once when the clock was set back', () => {
    const { audit, clock, written } = openAudit()
    for (let number = 0; number < 301; number++) audit.record(ACTOR, DENIED)
    clock.advance(-3_600_000)
    audit.record(ACTOR, DENIED)
    expect(written()).toHaveLength(301)
  })
})
