import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { Groups } from '../../src/auth/groups.ts'
import { Login } from '../../src/auth/login.ts'
import { LoginLimit } from '../../src/auth/login-limit.ts'
import type { OciError } from '../../src/oci/errors.ts'
import { parseGroupPath } from '../../src/oci/group-path.ts'
import { parseOciRequest } from '../../src/oci/request.ts'
import { DoorKeeper } from '../../src/server/door-keeper.ts'
import { openAccess } from '../auth/open-access.ts'

const LOOPBACK = '127.0.0.1'
const OFFICE = '10.1.2.3'

/** A request from this address, as the server sees it. */
class RequestFrom extends IncomingMessage {
  constructor(remoteAddress: string | undefined, headers: Record<string, string> = {}) {
    const socket = new Socket()
    Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress })
    super(socket)
    this.headers = { host: 'localhost:5000', ...headers }
  }
}

type Networks = readonly string[] | undefined

async function doorKeeper(declared: Record<string, Networks>, externalUrl?: string): Promise<DoorKeeper> {
  const { credentials, tokens, clock, catalog } = await openAccess()
  const rules = Object.entries(declared).map(
    ([path, anonymousNetworks]) =>
      [parseGroupPath(path), { anonymousNetworks, repositories: undefined, logins: new Map() }] as const,
  )
  const groups = new Groups({ declared: new Map(rules), catalog: catalog.groups, clock })
  await groups.open()
  const audit = { record: () => {} }
  return new DoorKeeper({
    groups,
    login: new Login({ credentials, tokens, limit: new LoginLimit(clock), audit }),
    audit,
    externalUrl: externalUrl === undefined ? undefined : new URL(externalUrl),
    isTrustedProxy: () => false,
  })
}

const PING = '/v2/'
const MIRROR = '/v2/library/app/manifests/latest'
const ACME = '/v2/acme/dependency_proxy/containers/app/manifests/latest'
const ACME_WEB = '/v2/Acme/Web/dependency_proxy/containers/app/manifests/latest'

/** The group as which a request is answered, or the error. */
async function admit(keeper: DoorKeeper, path: string, request: IncomingMessage): Promise<string | OciError> {
  try {
    return (await keeper.admit(request, parseOciRequest('GET', path))).group.path
  } catch (error) {
    return error as OciError
  }
}

describe('as which group', async () => {
  interface Case {
    readonly name: string
    readonly groups: Record<string, Networks>
    readonly path: string
    readonly from: string | undefined
    /** The group, or undefined for 401. */
    readonly want: string | undefined
  }
  const office = ['10.0.0.0/8']
  const cases: Case[] = [
    { name: 'mirror', groups: { default: undefined }, path: MIRROR, from: LOOPBACK, want: 'default' },
    {
      name: 'mirror, from elsewhere',
      groups: { default: undefined },
      path: MIRROR,
      from: OFFICE,
      want: undefined,
    },
    {
      name: 'mirror, in its networks',
      groups: { default: office },
      path: MIRROR,
      from: OFFICE,
      want: 'default',
    },
    {
      name: 'mirror, not in its networks',
      groups: { default: office },
      path: MIRROR,
      from: LOOPBACK,
      want: undefined,
    },
    {
      name: 'mirror, open to nobody',
      groups: { default: [] },
      path: MIRROR,
      from: LOOPBACK,
      want: undefined,
    },
    {
      name: 'a group counts for its own door only',
      groups: { default: undefined, acme: office },
      path: ACME,
      from: OFFICE,
      want: 'acme',
    },
    {
      name: 'the mirror is not the door of a group that is open',
      groups: { default: undefined, acme: office },
      path: MIRROR,
      from: OFFICE,
      want: undefined,
    },
    {
      name: 'group paths are compared without regard to case',
      groups: { default: undefined, 'acme/web': office },
      path: ACME_WEB,
      from: OFFICE,
      want: 'acme/web',
    },
    {
      name: 'a group is not open because the one above it is',
      groups: { default: undefined, acme: office },
      path: ACME_WEB,
      from: OFFICE,
      want: undefined,
    },
    {
      name: 'a group that does not exist',
      groups: { default: undefined },
      path: ACME,
      from: LOOPBACK,
      want: undefined,
    },
    {
      name: 'a peer without an address',
      groups: { default: undefined },
      path: MIRROR,
      from: undefined,
      want: undefined,
    },
    {
      name: 'ping, when all are open',
      groups: { default: office, acme: office },
      path: PING,
      from: OFFICE,
      want: 'default',
    },
    {
      name: 'ping, when one is not',
      groups: { default: office, acme: [] },
      path: PING,
      from: OFFICE,
      want: undefined,
    },
    {
      name: 'ping, when the mirror is not',
      groups: { default: [], acme: office },
      path: PING,
      from: OFFICE,
      want: undefined,
    },
  ]
  test.each(cases)('$name', async ({ groups, path, from, want }) => {
    const answer = await admit(await doorKeeper(groups), path, new RequestFrom(from))
    if (want === undefined) expect(answer).toMatchObject({ code: 'UNAUTHORIZED', status: 401 })
    else expect(answer).toBe(want)
  })
})

test.each([PING, MIRROR, ACME])('credentials nobody knows are refused, at %s too', async (path) => {
  const keeper = await doorKeeper({ default: ['0.0.0.0/0'], acme: ['0.0.0.0/0'] })
  const request = new RequestFrom(LOOPBACK, { authorization: 'Basic dTpw' })
  expect(await admit(keeper, path, request)).toMatchObject({ code: 'UNAUTHORIZED' })
})

test('headers and externalUrl count as everywhere', async () => {
  const direct = await doorKeeper({ default: undefined })
  expect(await admit(direct, MIRROR, new RequestFrom(LOOPBACK, { 'x-forwarded-for': OFFICE }))).toMatchObject(
    {
      status: 401,
    },
  )
  const behindProxy = await doorKeeper({ default: undefined }, 'https://registry.example')
  expect(await admit(behindProxy, MIRROR, new RequestFrom(LOOPBACK))).toMatchObject({ status: 401 })
  const loopback = await doorKeeper({ default: undefined }, 'http://localhost:5000')
  expect(await admit(loopback, MIRROR, new RequestFrom(LOOPBACK))).toBe('default')
})

test('the message says for which group, why, and which setting opens it', async () => {
  const answer = await admit(await doorKeeper({ default: ['10.0.0.0/8'] }), MIRROR, new RequestFrom(LOOPBACK))
  expect(answer).toMatchObject({
    message: expect.stringMatching(/group default: .*networks.*\(groups\.default\.anonymous\.networks\)$/),
  })
})

const NETWORKS: [name: string, networks: Networks][] = [
  ['open to loopback', undefined],
  ['open to nobody', []],
  ['open to others', ['192.168.0.0/16']],
]
test.each(NETWORKS)(
  'a group that is %s is refused in the words for one that does not exist',
  async (_, networks) => {
    const message = async (keeper: DoorKeeper) => {
      const answer = await admit(keeper, ACME, new RequestFrom(OFFICE))
      return typeof answer === 'string' ? answer : answer.message
    }
    const existing = await message(await doorKeeper({ default: [], acme: networks }))
    expect(existing).toBe(await message(await doorKeeper({ default: [] })))
    expect(existing).toContain('(groups.acme.anonymous.networks)')
  },
)

test('ping names no group', async () => {
  const answer = await admit(
    await doorKeeper({ default: ['0.0.0.0/0'], acme: [] }),
    PING,
    new RequestFrom(OFFICE),
  )
  expect(answer).toMatchObject({ message: expect.not.stringContaining('acme') })
})

describe('who may see how the server does', () => {
  const ALL = ['0.0.0.0/0', '::/0']
  const cases: [name: string, keeper: Promise<DoorKeeper>, request: IncomingMessage, want: boolean][] = [
    ['a client on this machine', doorKeeper({ default: undefined }), new RequestFrom(LOOPBACK), true],
    ['one whose networks have it, too', doorKeeper({ default: ALL }), new RequestFrom(LOOPBACK), true],
    ['nobody elsewhere', doorKeeper({ default: undefined }), new RequestFrom(OFFICE), false],
    ['nobody elsewhere who may pull', doorKeeper({ default: ALL }), new RequestFrom(OFFICE), false],
    ['nobody who may not pull', doorKeeper({ default: [] }), new RequestFrom(LOOPBACK), false],
    [
      'nobody behind a proxy',
      doorKeeper({ default: ALL }),
      new RequestFrom(LOOPBACK, { via: '1.1 proxy' }),
      false,
    ],
    [
      'no web page',
      doorKeeper({ default: undefined }),
      new RequestFrom(LOOPBACK, { origin: 'https://evil.example' }),
      false,
    ],
    [
      'nobody with credentials that are not looked at',
      doorKeeper({ default: undefined }),
      new RequestFrom(LOOPBACK, { authorization: 'Basic eDp5' }),
      false,
    ],
    [
      'nobody where clients come from elsewhere',
      doorKeeper({ default: undefined }, 'https://cache.example'),
      new RequestFrom(LOOPBACK),
      false,
    ],
  ]
  test.each(cases)('%s', async (_, keeper, request, want) => {
    expect((await keeper).admitsOnlooker(request)).toBe(want)
  })
})
