import { describe, expect, test } from 'vitest'
import type { ConnectionTarget } from '../../../src/cli/connect/target.ts'
import { mirrorFinding, reachFinding } from '../../../src/cli/doctor/check-engine.ts'
import { checkNode } from '../../../src/cli/doctor/check-node.ts'
import { storageFinding } from '../../../src/cli/doctor/check-storage.ts'
import { clockFinding, upstreamFinding } from '../../../src/cli/doctor/check-upstreams.ts'

const GIB = 1024 ** 3
const OBSERVED = {
  name: 'docker.io',
  url: 'https://registry-1.docker.io/',
  credential: null,
  registry: { state: 'closed', error: null },
  blobs: { state: 'closed', error: null },
  token: { state: 'closed', error: null },
  limit: 100,
  remaining: 76,
  windowSeconds: 21_600,
  source: null,
  observedAt: null,
  forecast: null,
  limitedUntil: null,
  reserveReached: false,
}
const HERE: ConnectionTarget = { url: new URL('http://127.0.0.1:5000'), group: 'default', upstreams: [] }
const ELSEWHERE: ConnectionTarget = { ...HERE, url: new URL('http://cache.example:5000') }
const ENGINE = { version: '26.1.5', mirrors: [] }

test.each([
  ['20.18.9', 'fail'],
  ['20.19.0', 'ok'],
  ['22.0.0', 'ok'],
  ['18.20.0', 'fail'],
])('Node.js %s: %s', (version, status) => {
  expect(checkNode(version)).toMatchObject({ status, message: `Node.js ${version}` })
})

test.each([
  { freeGib: 10, status: 'ok' },
  { freeGib: 1.5, status: 'warn' },
  { freeGib: 1, status: 'fail' },
])('a storage with $freeGib GiB free, of which 1 GiB is to be left: $status', ({ freeGib, status }) => {
  const usage = {
    usedBytes: GIB,
    reservedBytes: 0,
    maxBytes: 4 * GIB,
    minFreeBytes: GIB,
    freeBytes: freeGib * GIB,
  }
  const finding = storageFinding('/data', usage)
  expect(finding.status).toBe(status)
  expect(finding.message).toContain(`/data: 1.0 GiB of 4.0 GiB used, ${freeGib.toFixed(1)} GiB free`)
  expect(finding.advice === undefined).toBe(status === 'ok')
})

describe('an upstream', () => {
  const name = 'docker.io'
  test.each([
    {
      what: 'that answers',
      answer: { name, status: 401 },
      observed: undefined,
      want: ['ok', 'docker.io answers'],
    },
    {
      what: 'that tells a limit',
      answer: { name, status: 200 },
      observed: OBSERVED,
      want: ['ok', 'docker.io answers, 76 of 100 pulls left'],
    },
    {
      what: 'of which the reserve is left',
      answer: { name, status: 200 },
      observed: { ...OBSERVED, remaining: 9, reserveReached: true },
      want: ['warn', 'docker.io answers, 9 of 100 pulls left'],
    },
    {
      what: 'that has failed before',
      answer: { name, status: 200 },
      observed: { ...OBSERVED, limit: null, registry: { state: 'doubtful', error: 'it said 500' } },
      want: ['warn', 'docker.io answers; it failed before: it said 500'],
    },
    {
      what: 'in trouble',
      answer: { name, status: 503 },
      observed: undefined,
      want: ['fail', 'docker.io answers with 503'],
    },
    {
      what: 'that is not there',
      answer: { name, trouble: 'ECONNREFUSED' },
      observed: OBSERVED,
      want: ['fail', 'docker.io cannot be reached: ECONNREFUSED'],
    },
    {
      what: 'behind a proxy',
      answer: { name },
      observed: undefined,
      want: ['ok', 'docker.io was not asked: a proxy is set, which the server goes through'],
    },
  ])('$what', ({ answer, observed, want: [status, message] }) => {
    expect(upstreamFinding(answer, observed)).toMatchObject({ status, message })
  })
})

test.each([
  { aheadMs: [0, 0, 900_000], want: ['ok', 'right, by the upstreams'] },
  { aheadMs: [45_000, 45_000, 0], want: ['warn', '45 s behind the upstreams'] },
  { aheadMs: [-400_000], want: ['fail', '400 s ahead of the upstreams'] },
  { aheadMs: [], want: ['warn', 'not compared: no upstream told its time'] },
])('the clock, with upstreams ahead by $aheadMs ms', ({ aheadMs, want: [status, message] }) => {
  const answers = aheadMs.map((ms, index) => ({ name: `r${index}.example`, status: 200, aheadMs: ms }))
  expect(clockFinding(answers)).toMatchObject({ status, message })
})

test('plain HTTP to another machine is what engines refuse unless told', () => {
  const reach = { answer: 'none', message: 'refused' } as const
  expect(reachFinding(reach, ELSEWHERE).advice).toContain('"insecure-registries": ["cache.example:5000"]')
  expect(reachFinding(reach, HERE).advice).not.toContain('insecure')
})

describe('an engine', () => {
  test.each([
    {
      what: 'with the server as its mirror',
      info: { ...ENGINE, mirrors: ['http://127.0.0.1:5000/'] },
      target: HERE,
      status: 'ok',
    },
    { what: 'without', info: ENGINE, target: HERE, status: 'warn' },
    {
      what: 'with another mirror',
      info: { ...ENGINE, mirrors: ['http://127.0.0.1:5001/'] },
      target: HERE,
      status: 'warn',
    },
  ])('$what: $status', ({ info, target, status }) => {
    const finding = mirrorFinding(info, target)
    expect(finding.status).toBe(status)
    expect(finding.message).toContain('engine 26.1.5')
    expect(finding.advice === undefined).toBe(status === 'ok')
  })

  test.each([
    { reach: { answer: 'open' } as const, want: ['ok', 'the engine reaches 127.0.0.1:5000 and may pull'] },
    {
      reach: { answer: 'credentials' } as const,
      want: ['warn', 'the engine reaches 127.0.0.1:5000, and is asked for credentials'],
    },
    {
      reach: { answer: 'none', message: 'refused' } as const,
      want: ['fail', 'the engine does not get through to 127.0.0.1:5000: refused'],
    },
  ])('$want.1', ({ reach, want: [status, message] }) => {
    expect(reachFinding(reach, HERE)).toMatchObject({ status, message })
  })
})
